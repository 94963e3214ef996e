#!/usr/bin/env python3
"""Records what PyTorch computes, as fixtures that the tests compare Voluta with.

Needs   Python 3.9 or later with PyTorch 1.13 or later and NumPy (Debian: python3-torch python3-numpy). No GPU, no network.
Run     python3 scripts/record-traces.py [FOLDER] [--only NAME ...]
Writes  FOLDER/*.json, by default src/test/resources/voluta/traces; the README.md beside them explains every field.

Everything is computed in float64 on one thread. Inputs and initial weights come from formulas (traces/formula.py), not from
a random generator, so two runs write the same bytes; another PyTorch version or processor may differ in the last digits.
"""
import argparse
import sys
from pathlib import Path

import torch

sys.dont_write_bytecode = True
from traces import activation, attention, clipping, conv, groups, loss, matmul, norm, optimizers  # noqa: E402
from traces import pad, pool, schedules, training  # noqa: E402
from traces.record import write  # noqa: E402

FIXTURES = {
    "train-lenet5": lambda: training.record("lenet5"),
    "train-resnet20": lambda: training.record("resnet20"),
    "train-normnet": lambda: training.record("normnet"),
    "optimizers": optimizers.record,
    "groups": groups.record,
    "clipping": clipping.record,
    "schedules": schedules.record,
    "conv": conv.record,
    "pool": pool.record,
    "pad": pad.record,
    "norm": norm.record,
    "activation": activation.record,
    "loss": loss.record,
    "matmul": matmul.record,
    "attention": attention.record,
}


def main():
    default = Path(__file__).resolve().parent.parent / "src/test/resources/voluta/traces"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--only", nargs="+", choices=sorted(FIXTURES), default=list(FIXTURES), metavar="NAME")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        path = arguments.folder / f"{name}.json"
        write(path, FIXTURES[name]())
        print(f"{path.name} {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
