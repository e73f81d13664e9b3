with Ada.Integer_Text_IO; use Ada.Integer_Text_IO;
with Totals;

procedure Main is
   N, X : Integer;
   Sum  : Integer := 0;
begin
   Get (N);
   for I in 1 .. N loop
      Get (X);
      Sum := Totals.Add (Sum, X);
   end loop;
   Put (Sum, Width => 0);
end Main;
