with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure Sum is
   N, Number : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   Put (Sum, Width => 1);
   New_Line;
end Sum;
