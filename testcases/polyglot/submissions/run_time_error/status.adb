with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;
with Ada.Command_Line;

procedure Status is
   N, Number : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   if N > 3 then
      Ada.Command_Line.Set_Exit_Status (3);
   end if;
   Put (Sum, Width => 1);
   New_Line;
end Status;
