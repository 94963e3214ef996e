"""Optimizer rules: a parameter of 7 elements, 6 steps, gradients that depend on the step but not on the parameter."""
import torch

from traces.formula import float32_exact, uniform
from traces.record import numbers

STEPS = 6
SIZE = 7
SGD, ADAM, ADAMW, RMSPROP, ADAGRAD = (getattr(torch.optim, n) for n in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"))
CASES = [
    ("sgd", "sgd", SGD, {"lr": 0.1}),
    ("sgd momentum", "sgd", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd nesterov", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("sgd weight decay", "sgd", SGD, {"lr": 0.1, "weight_decay": 0.01}),
    ("sgd momentum weight decay", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("sgd nesterov weight decay", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}),
    ("adam", "adam", ADAM, {"lr": 0.01}),
    ("adam weight decay", "adam", ADAM, {"lr": 0.01, "weight_decay": 0.1}),
    ("adam betas and eps", "adam", ADAM, {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("adamw", "adamw", ADAMW, {"lr": 0.01, "weight_decay": 0.1}),
    ("adamw no decay", "adamw", ADAMW, {"lr": 0.01, "weight_decay": 0.0}),
    ("rmsprop", "rmsprop", RMSPROP, {"lr": 0.01}),
    ("rmsprop momentum", "rmsprop", RMSPROP, {"lr": 0.01, "momentum": 0.9}),
    ("rmsprop centered", "rmsprop", RMSPROP, {"lr": 0.01, "centered": True}),
    ("rmsprop centered momentum", "rmsprop", RMSPROP, {"lr": 0.01, "momentum": 0.9, "centered": True}),
    ("rmsprop weight decay", "rmsprop", RMSPROP, {"lr": 0.01, "weight_decay": 0.1}),
    ("adagrad", "adagrad", ADAGRAD, {"lr": 0.1}),
    ("adagrad weight decay", "adagrad", ADAGRAD, {"lr": 0.1, "weight_decay": 0.1}),
]
# What the rule of each family reads; defaults that are not listed (foreach, maximize, capturable, ...) do not change it.
OPTIONS = {
    "sgd": ("lr", "momentum", "dampening", "weight_decay", "nesterov"),
    "adam": ("lr", "betas", "eps", "weight_decay"),
    "adamw": ("lr", "betas", "eps", "weight_decay"),
    "rmsprop": ("lr", "alpha", "eps", "weight_decay", "momentum", "centered"),
    "adagrad": ("lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value"),
}


def gradient(step):
    """Element 3 is always 0 (only eps keeps the division defined), element 5 shrinks and element 6 grows fast."""
    g = float32_exact(uniform(1 + step, SIZE), (SIZE,))
    g[3] = 0.0
    g[5] *= 2.0 ** (-3 * step)
    g[6] *= 2.0 ** (3 * step)
    return g


def record():
    initial = float32_exact(uniform(0, SIZE), (SIZE,))
    gradients = [gradient(step) for step in range(STEPS)]
    cases = []
    for name, rule, kind, options in CASES:
        p = torch.nn.Parameter(initial.clone())
        optimizer = kind([p], **options)
        effective = {key: optimizer.param_groups[0][key] for key in OPTIONS[rule]}
        values = []
        for g in gradients:
            p.grad = g.clone()
            optimizer.step()
            values.append(numbers(p))
        cases.append({"name": name, "optimizer": rule, "options": effective, "values": values})
    return {"torch": torch.__version__, "precision": "float64", "initial": numbers(initial),
            "gradients": [numbers(g) for g in gradients], "cases": cases}
