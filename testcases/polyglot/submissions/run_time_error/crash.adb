with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure Crash is
   type Row is array (1 .. 1_000_000) of Long_Long_Integer;
   type Row_Access is access Row;
   Rows : array (1 .. 200) of Row_Access;
   N, Number : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   if N > 3 then
      Rows (Integer (N) + 1000) := null;
   end if;
   Put (Sum, Width => 1);
   New_Line;
end Crash;
