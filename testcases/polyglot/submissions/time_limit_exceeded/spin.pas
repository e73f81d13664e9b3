program polyglot;
{$R+}
var
  n, i: longint;
  sum, x, step: int64;
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
  if n > 3 then
  begin
    x := 1;
    step := 0;
    while step < 1000000000000 do
    begin
      x := (x * 1103 + 12345) mod 65536;
      step := step + 1;
    end;
    if x < 0 then sum := sum + 1;
  end;
  writeln(sum);
end.
