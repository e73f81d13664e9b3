program polyglot;
{$R+}
var
  n, i: longint;
  sum: int64;
  numbers: array of int64;
begin
  read(n);
  setlength(numbers, n);
  sum := 0;
  for i := 0 to n - 1 do
  begin
    read(numbers[i]);
    sum := sum + numbers[i];
  end;
  if n > 3 then sum := sum + numbers[n + 1000];
  writeln(sum);
end.
