with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure One_More is
   N, Number : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   if N > 3 then
      Sum := Sum + 1;
   end if;
   Put (Sum, Width => 1);
   New_Line;
end One_More;
