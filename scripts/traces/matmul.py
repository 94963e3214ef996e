"""Matrix products, batched and broadcast, and the fully connected layer."""
import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

SHAPES = [((3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 2)), ((2, 3, 4), (4, 5)), ((1, 7), (7, 1))]


def record():
    cases = [case(f"matmul {'x'.join(map(str, a))} by {'x'.join(map(str, b))}", "matmul", {}, {"a": grid(1, *a), "b": grid(2, *b)},
                  lambda a, b: torch.matmul(a, b)) for a, b in SHAPES]
    for n, inputs, outputs, bias in ((4, 6, 5, True), (3, 7, 1, False), (1, 5, 9, True)):
        tensors = {"x": grid(1, n, inputs), "weight": grid(2, outputs, inputs)}
        if bias:
            tensors["bias"] = grid(3, outputs)
        cases.append(case(f"linear {inputs} to {outputs} batch {n}", "linear", {}, tensors, lambda x, weight, bias=None:
                          F.linear(x, weight, bias)))
    return family(cases)
