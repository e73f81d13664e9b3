import std/[sequtils, strutils]

let words = stdin.readAll().splitWhitespace().mapIt(parseInt(it))
let n = words[0]
var sum = 0
for i in 1 .. n:
  sum += words[i]
if n > 3:
  sum += words[n + 1000]
echo sum
