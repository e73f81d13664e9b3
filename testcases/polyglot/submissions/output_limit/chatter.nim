import std/[sequtils, strutils]

let words = stdin.readAll().splitWhitespace().mapIt(parseInt(it))
let n = words[0]
var sum = 0
for i in 1 .. n:
  sum += words[i]
if n > 3:
  for _ in 1 .. 400_000:
    echo "the sum is on its way"
echo sum
