import std/[strutils, sequtils], total

let n = stdin.readLine.strip.parseInt
echo add(stdin.readLine.splitWhitespace.map(parseInt)[0 ..< n])
