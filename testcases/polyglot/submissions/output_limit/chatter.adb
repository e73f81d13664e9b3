with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure Chatter is
   N, Number : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   if N > 3 then
      for I in 1 .. 400_000 loop
         Put_Line ("the sum is on its way");
      end loop;
   end if;
   Put (Sum, Width => 1);
   New_Line;
end Chatter;
