program polyglot;
{$R+}
type
  TRow = array of int64;
var
  n, i, k: longint;
  sum: int64;
  numbers: array of int64;
  rows: array of TRow;
begin
  read(n);
  setlength(numbers, n);
  sum := 0;
  for i := 0 to n - 1 do
  begin
    read(numbers[i]);
    sum := sum + numbers[i];
  end;
  if n > 3 then
  begin
    setlength(rows, 200);
    for i := 0 to 199 do
    begin
      setlength(rows[i], 1000000);
      for k := 0 to 999999 do rows[i][k] := k;
    end;
    if rows[7][7] < 0 then sum := sum + 1;
  end;
  writeln(sum);
end.
