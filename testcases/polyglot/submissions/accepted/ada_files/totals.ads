package Totals is
   function Add (A, B : Integer) return Integer;
end Totals;
