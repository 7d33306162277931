# Counts the words of the dataset: those that occur often enough go to a file, by way of a temporary one; the mean and the
# standard deviation of the counts to standard output. Then it uses a relative path, lists a directory, and ends with the
# status that its second argument names.
import collections
import math
import os
import shutil
import sys
import tempfile

least = int(sys.argv[1])
with open(os.environ["TALKA_DATASET"]) as data:
    counts = collections.Counter(data.read().split())
with tempfile.NamedTemporaryFile("w", delete=False) as scratch:
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= least:
            print(word, count, file=scratch)
os.mkdir("/out/counts")
shutil.copy2(scratch.name, "/out/counts/words.txt")
os.utime("/out/counts/words.txt", (1, 1))
mean = sum(counts.values()) / len(counts)
squares = sum(count * count for count in counts.values())
print(f"mean {mean:.6f} deviation {math.sqrt(squares / len(counts) - mean * mean):.6f}")

with open("notes.txt", "w") as notes:
    notes.write("a relative path")
with open("notes.txt") as notes:
    print(notes.read())
for name in os.listdir("/out/counts"):
    print(name)
print(len(counts), "words", file=sys.stderr)
sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
