import sys

book = open("book.txt").read().lower().split()
stop = open("stop.txt").read().split()
assert len(book) <= {{words}}
for word in sys.argv[1:]:
    print("-" if word.lower() in stop else book.count(word.lower()))

open("out.txt", "w").write("files cannot be written here")
