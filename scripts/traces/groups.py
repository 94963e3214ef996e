"""Parameter groups: two parameters of 7 elements, each with a rate and a weight decay of its own, for 6 steps.

Rates and factors are exact in float32, so that nothing but the rule is compared.
"""
import torch

from traces.formula import float32_exact, uniform
from traces.optimizers import ADAGRAD, ADAM, ADAMW, OPTIONS, RMSPROP, SGD
from traces.record import numbers

STEPS = 6
SIZE = 7
RATES = [0.125, 0.25, 0.1875, 0.125, 0.0625, 0.03125]
CASES = [  # name, rule, class, options, (factor, weight decay) of each parameter, limit of the norm
    ("sgd momentum", "sgd", SGD, {"momentum": 0.9}, ((0.25, 0.5), (1.0, 0.01)), None),
    ("sgd nesterov clipped", "sgd", SGD, {"momentum": 0.9, "nesterov": True}, ((0.25, 0.0), (1.0, 0.01)), 0.75),
    ("adam", "adam", ADAM, {}, ((0.125, 0.0), (2.0, 0.1)), None),
    ("adamw", "adamw", ADAMW, {}, ((0.25, 0.5), (1.0, 0.01)), None),
    ("adamw clipped", "adamw", ADAMW, {}, ((0.125, 0.0), (0.5, 0.1)), 0.75),
    ("rmsprop", "rmsprop", RMSPROP, {"momentum": 0.5}, ((0.125, 0.1), (0.5, 0.0)), None),
    ("adagrad", "adagrad", ADAGRAD, {}, ((0.25, 0.1), (1.0, 0.0)), None),
]


def gradients():
    return [[float32_exact(uniform(10 * which + step, SIZE), (SIZE,)) for which in (1, 2)] for step in range(STEPS)]


def record():
    initial = [float32_exact(uniform(stream, SIZE), (SIZE,)) for stream in (3, 4)]
    cases = []
    for name, rule, kind, options, groups, limit in CASES:
        parameters = [torch.nn.Parameter(p.clone()) for p in initial]
        optimizer = kind([{"params": [p], "lr": RATES[0] * factor, "weight_decay": decay}
                          for p, (factor, decay) in zip(parameters, groups)], lr=RATES[0], **options)
        effective = {key: optimizer.defaults[key] for key in OPTIONS[rule] if key != "lr"}
        values = []
        for rate, step in zip(RATES, gradients()):
            for p, g, group, (factor, _) in zip(parameters, step, optimizer.param_groups, groups):
                p.grad = g.clone()
                group["lr"] = rate * factor
            if limit is not None:
                torch.nn.utils.clip_grad_norm_(parameters, limit)
            optimizer.step()
            values.append([numbers(p) for p in parameters])
        cases.append({"name": name, "optimizer": rule, "options": effective, "limit": limit,
                      "groups": [{"factor": factor, "weight_decay": decay} for factor, decay in groups], "values": values})
    return {"torch": torch.__version__, "precision": "float64", "rates": RATES, "initial": [numbers(p) for p in initial],
            "gradients": [[numbers(g) for g in step] for step in gradients()], "cases": cases}
