with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure Rows is
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
      for I in Rows'Range loop
         Rows (I) := new Row'(others => Long_Long_Integer (I));
      end loop;
      if Rows (7) (7) < 0 then
         Sum := Sum + 1;
      end if;
   end if;
   Put (Sum, Width => 1);
   New_Line;
end Rows;
