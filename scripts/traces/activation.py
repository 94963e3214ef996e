"""Activations, softmax and log-softmax; ordinary arguments and, where overflow threatens, very large ones."""
import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

SHAPE = (3, 4, 5)
NEAR, FAR = 1 / 64, 1 / 4  # arguments in (-4.1, 4.1) and in (-65, 65)

CASES = [  # op, attributes, function
    ("relu", {}, F.relu),
    ("relu6", {}, F.relu6),
    ("leaky_relu", {"negative_slope": 0.01}, lambda x: F.leaky_relu(x, 0.01)),
    ("leaky_relu", {"negative_slope": 0.25}, lambda x: F.leaky_relu(x, 0.25)),
    ("elu", {"alpha": 1.0}, lambda x: F.elu(x, 1.0)),
    ("elu", {"alpha": 0.5}, lambda x: F.elu(x, 0.5)),
    ("gelu", {"approximate": "none"}, lambda x: F.gelu(x, approximate="none")),
    ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    ("silu", {}, F.silu),
    ("sigmoid", {}, torch.sigmoid),
    ("tanh", {}, torch.tanh),
    ("hardswish", {}, F.hardswish),
    ("hardsigmoid", {}, F.hardsigmoid),
    ("mish", {}, F.mish),
    ("softplus", {"beta": 1.0}, F.softplus),
    ("softplus", {"beta": 2.0}, lambda x: F.softplus(x, beta=2.0)),
]
SOFTMAX_CASES = [((4, 7), 1), ((2, 5, 3), 1), ((2, 3, 4), 2), ((3, 4), 0)]


def suffix(attributes):
    return "".join(f" {key} {value}" for key, value in attributes.items())


def record():
    cases = []
    for op, attributes, function in CASES:
        for extent, step in (("near", NEAR), ("far", FAR)):
            cases.append(case(f"{op}{suffix(attributes)} {extent}", op, attributes, {"x": grid(1, *SHAPE, step=step)},
                              lambda x: function(x)))
    for shape, slopes in (((2, 3, 4), 3), ((2, 3, 2, 2), 1), ((5, 4), 4)):
        cases.append(case(f"prelu {'x'.join(map(str, shape))} slopes {slopes}", "prelu", {},
                          {"x": grid(1, *shape), "weight": grid(2, slopes) / 4}, lambda x, weight: F.prelu(x, weight)))
    for shape, axis in SOFTMAX_CASES:
        for op, function in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
            for extent, step in (("near", NEAR), ("far", 8.0)):
                cases.append(case(f"{op} {'x'.join(map(str, shape))} axis {axis} {extent}", op, {"axis": axis},
                                  {"x": grid(1, *shape, step=step)}, lambda x: function(x, axis)))
    return family(cases)
