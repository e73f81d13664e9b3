import std/[sequtils, strutils]

let words = stdin.readAll().splitWhitespace().mapIt(parseInt(it))
let n = words[0]
var sum = 0
for i in 1 .. n:
  sum += words[i]
if n > 3:
  var rows: seq[seq[int]]
  for i in 0 ..< 200:
    rows.add(newSeqWith(1_000_000, i))
  if rows[7][7] < 0:
    inc sum
echo sum
