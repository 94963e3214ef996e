#!/usr/bin/env bash
# Makes the Fashion-MNIST subset that the product carries, bit for bit the same every time. Needs python3 and what
# get-data.sh needs.
#
#   scripts/make-carried-data.sh [FOLDER_WITH_FULL_FASHION_MNIST]
#
# Rule: the first 1,000 images of each class of the official training file and the first 200 of each class of the
# official test file, kept in the order of those files.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
to=$here/src/main/resources/voluta/data/fashion-mnist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

full=${1:-$work/full}
"$here/scripts/get-data.sh" fashion-mnist "$full"

python3 - "$full" "$work" <<'PYTHON'
import gzip, struct, sys

full, work = sys.argv[1:]

def subset(prefix, per_class):
    images = gzip.open(f"{full}/{prefix}-images-idx3-ubyte.gz").read()
    labels = gzip.open(f"{full}/{prefix}-labels-idx1-ubyte.gz").read()[8:]
    height, width = struct.unpack(">II", images[8:16])
    pixels = height * width
    seen = [0] * 10
    chosen = []
    for i, label in enumerate(labels):
        if seen[label] < per_class:
            seen[label] += 1
            chosen.append(i)
    assert seen == [per_class] * 10, seen
    with open(f"{work}/{prefix}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">IIII", 0x803, len(chosen), height, width))
        for i in chosen:
            f.write(images[16 + i * pixels : 16 + (i + 1) * pixels])
    with open(f"{work}/{prefix}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">II", 0x801, len(chosen)))
        f.write(bytes(labels[i] for i in chosen))

subset("train", 1000)
subset("t10k", 200)
PYTHON

mkdir -p "$to"
for name in train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte; do
  gzip -9 -n "$work/$name"
  mv -f "$work/$name.gz" "$to/$name.gz"
done
ls -l "$to"
