#!/usr/bin/env python3
"""Records what PyTorch makes of single ops, forward and backward, as a fixture that every backend is held against.

Needs   Python 3.9 or later with PyTorch 2.6 or later and NumPy. No GPU, no network.
Run     python3 scripts/record-op-traces.py [FILE]
Writes  FILE, by default src/test/resources/voluta/traces/ops.safetensors.gz; the README.md beside it explains the names.

Everything is computed in float64 on one thread, from inputs that F32 holds exactly and that come from formulas: two runs
write the same bytes; another PyTorch version or processor may differ in the last digits.
"""
import argparse
import gzip
import json
import struct
import sys
from itertools import chain
from pathlib import Path

import torch

sys.dont_write_bytecode = True
from traces import ops, updates  # noqa: E402
from traces.formula import grid  # noqa: E402

DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int32: "I32", torch.int64: "I64"}


def computed(name, f, inputs):
    """The tensors of a case: x0, x1, ... go in, y0, y1, ... come out; dy0 is the gradient of y0, dx0 that of x0."""
    bare = [i.tensor if isinstance(i, ops.Fixed) else i.clone().requires_grad_(True) for i in inputs]
    tensors = {}
    for i, t in enumerate(bare):
        kept = t.detach().to(torch.float32) if t.dtype == torch.float64 else t.clone()
        if t.dtype == torch.float64 and not torch.equal(kept.double().nan_to_num(7), t.detach().nan_to_num(7)):
            raise ValueError(f"{name}: input {i} is not exact in F32")
        tensors[f"x{i}"] = kept
    results = f(*(b.clone() if isinstance(i, ops.Fixed) else b for b, i in zip(bare, inputs)))
    results = results if isinstance(results, tuple) else (results,)
    for i, y in enumerate(results):
        tensors[f"y{i}"] = y.detach()
    free = [b for b in bare if b.requires_grad]
    if free:
        y = results[0]
        upstream = grid(90, *y.shape) if y.dim() else torch.tensor(0.75, dtype=torch.float64)
        tensors["dy0"] = upstream.to(torch.float32)
        for i, b in enumerate(bare):
            if b.requires_grad:
                tensors[f"dx{i}"] = torch.autograd.grad(y, b, upstream, retain_graph=True)[0]
    return {f"{name}/{key}": t.detach().contiguous() for key, t in tensors.items()}


def safetensors(tensors):
    """The bytes of a safetensors file."""
    header, data = {"__metadata__": {"torch": torch.__version__}}, bytearray()
    for name, t in tensors.items():
        begin = len(data)
        data += t.numpy().tobytes()
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def main():
    default = Path(__file__).resolve().parent.parent / "src/test/resources/voluta/traces/ops.safetensors.gz"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=default)
    file = parser.parse_args().file

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tensors, cases = {}, 0
    for name, f, *inputs in chain(ops.activations(), ops.convolutions(), ops.pools(), ops.borders(), ops.norms(), ops.arrays(),
                                  ops.losses(), updates.clips(), updates.optimizers(), updates.folding()):
        case = computed(name, f, inputs)
        if case.keys() & tensors.keys():
            raise ValueError(f"two cases are named {name}")
        tensors |= case
        cases += 1
    file.write_bytes(gzip.compress(safetensors(tensors), 9, mtime=0))
    print(f"{file.name}: {cases} cases, {len(tensors)} tensors, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
