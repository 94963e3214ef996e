"""Padding of the spatial axes: constant, reflect, replicate, circular; as much on one side as on the other, or not."""
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

CASES = [  # name, input N C spatial, mode, value, before, after
    ("constant 1d", (2, 2, 5), "constant", 0.0, (2,), (1,)),
    ("constant 1d another number", (2, 2, 5), "constant", -1.5, (0,), (3,)),
    ("constant 1d crops", (2, 2, 7), "constant", 0.0, (-2,), (1,)),
    ("constant 2d", (2, 3, 3, 4), "constant", 0.25, (1, 0), (2, 3)),
    ("constant 2d crops", (1, 2, 5, 5), "constant", 0.0, (-1, 2), (0, -2)),
    ("constant 3d", (1, 2, 2, 3, 3), "constant", 1.0, (1, 0, 2), (0, 1, 1)),
    ("reflect 1d", (2, 2, 6), "reflect", None, (3,), (1,)),
    ("reflect 1d to the far end", (1, 1, 5), "reflect", None, (4,), (4,)),
    ("reflect 2d", (2, 2, 4, 5), "reflect", None, (1, 3), (3, 0)),
    ("reflect 3d", (1, 2, 3, 3, 4), "reflect", None, (1, 2, 0), (2, 1, 3)),
    ("replicate 1d", (2, 2, 4), "replicate", None, (1,), (5,)),
    ("replicate 2d", (2, 2, 3, 4), "replicate", None, (4, 1), (0, 2)),
    ("replicate 3d", (1, 2, 2, 3, 2), "replicate", None, (1, 0, 3), (2, 1, 0)),
    ("circular 1d", (2, 2, 5), "circular", None, (2,), (4,)),
    ("circular 1d whole turn", (1, 1, 4), "circular", None, (4,), (4,)),
    ("circular 2d", (2, 2, 3, 4), "circular", None, (1, 0), (2, 3)),
    ("circular 3d", (1, 2, 2, 3, 3), "circular", None, (1, 2, 0), (0, 1, 3)),
]


def torch_order(before, after):
    """PyTorch wants (before, after) of the last axis first."""
    return [n for pair in zip(reversed(before), reversed(after)) for n in pair]


def padding(name, shape, mode, value, before, after):
    attributes = {"mode": mode, "before": before, "after": after}
    extra = ()
    if mode == "constant":
        attributes["value"] = value
        extra = (value,)
    return case(name, "pad", attributes, {"x": grid(1, *shape)}, lambda x: F.pad(x, torch_order(before, after), mode, *extra))


def record():
    return family([padding(*c) for c in CASES])
