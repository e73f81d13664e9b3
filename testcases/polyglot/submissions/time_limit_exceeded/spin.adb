with Ada.Text_IO; use Ada.Text_IO;
with Ada.Long_Long_Integer_Text_IO; use Ada.Long_Long_Integer_Text_IO;

procedure Spin is
   N, Number, X : Long_Long_Integer;
   Sum : Long_Long_Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (Number);
      Sum := Sum + Number;
   end loop;
   if N > 3 then
      X := 1;
      for I in Long_Long_Integer range 1 .. 1_000_000_000_000 loop
         X := (X * 1103 + 12345) mod 65536;
      end loop;
      if X < 0 then
         Sum := Sum + 1;
      end if;
   end if;
   Put (Sum, Width => 1);
   New_Line;
end Spin;
