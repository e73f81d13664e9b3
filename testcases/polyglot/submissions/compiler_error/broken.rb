words = STDIN.read.split(
if words then puts end end
