"""Gradient clipping: by the norm of all gradients, by the norm of each, by value."""
import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from traces.formula import grid
from traces.record import numbers, tensor

SHAPES = ((3, 4), (5,), (2, 2, 3))


def clipped(gradients, clip):
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    norms = clip(parameters)
    return norms, [numbers(p.grad) for p in parameters]


def record():
    gradients = [grid(40 + i, *shape) * 2.0 ** (1 - i) for i, shape in enumerate(SHAPES)]
    cases = []
    for limit in (0.5, 3.0, 100.0):
        norm, result = clipped(gradients, lambda ps: clip_grad_norm_(ps, limit).item())
        cases.append({"name": f"global norm {limit}", "mode": "global_norm", "limit": limit, "norm": norm, "clipped": result})
    for limit in (0.5, 2.0, 100.0):
        norms, result = clipped(gradients, lambda ps: [clip_grad_norm_(p, limit).item() for p in ps])
        cases.append({"name": f"norm of each {limit}", "mode": "norm_of_each", "limit": limit, "norms": norms, "clipped": result})
    for limit in (0.25, 1.0, 100.0):
        _, result = clipped(gradients, lambda ps: clip_grad_value_(ps, limit))
        cases.append({"name": f"value {limit}", "mode": "value", "limit": limit, "clipped": result})
    zeros = [torch.zeros_like(g) for g in gradients]
    norm, result = clipped(zeros, lambda ps: clip_grad_norm_(ps, 1.0).item())
    return {"torch": torch.__version__, "precision": "float64", "gradients": [tensor(g) for g in gradients],
            "zero_gradients": {"limit": 1.0, "norm": norm, "clipped": result}, "cases": cases}
