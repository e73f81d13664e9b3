program broken;
var sum: longint;
begin
  sum := 'forty-two';
  writeln(sum);
end.
