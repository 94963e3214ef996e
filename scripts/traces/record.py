"""From tensors to JSON, and the one way in which an op case is computed: outputs, then gradients for an upstream gradient."""
import json

import torch

from traces.formula import grid

UPSTREAM_STREAM = 90


def tensor(t):
    return {"shape": list(t.shape), "values": t.detach().reshape(-1).tolist()}


def numbers(t):
    return t.detach().reshape(-1).tolist()


def case(name, op, attributes, inputs, compute, constants=None, after=None):
    """One case: `compute(**inputs, **constants)` gives y; gradients are of sum(y * upstream) with respect to each input.

    `constants` are inputs without a gradient (labels, running statistics); `after` names those that the op overwrites, whose
    new values are recorded under "updated".
    """
    constants = constants or {}
    leaves = {key: value.clone().requires_grad_(True) for key, value in inputs.items()}
    working = {key: value.clone() for key, value in constants.items()}
    y = compute(**leaves, **working)
    upstream = grid(UPSTREAM_STREAM, *y.shape) if y.dim() else torch.tensor(0.75, dtype=torch.float64)
    y.backward(upstream)
    result = {"name": name, "op": op, "attributes": attributes}
    result["inputs"] = {key: tensor(value) for key, value in inputs.items()}
    if constants:
        result["constants"] = {key: tensor(value) for key, value in constants.items()}
    result["output"] = tensor(y)
    result["upstream"] = tensor(upstream)
    result["gradients"] = {key: tensor(leaf.grad) for key, leaf in leaves.items()}
    if after:
        result["updated"] = {key: tensor(working[key]) for key in after}
    return result


def family(cases):
    names = [c["name"] for c in cases]
    if len(set(names)) != len(names):
        raise ValueError(f"two cases have the same name: {sorted(n for n in set(names) if names.count(n) > 1)}")
    return {"torch": torch.__version__, "precision": "float64", "cases": cases}


def write(path, fixture):
    """Compact JSON, one element of a top-level list per line. Python prints the shortest digits (at most 17) that read back
    as the same double."""
    def one_line(value):
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    fields = []
    for key, value in fixture.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            fields.append(f'"{key}":[\n' + ",\n".join(map(one_line, value)) + "\n]")
        else:
            fields.append(f'"{key}":{one_line(value)}')
    path.write_text("{\n" + ",\n".join(fields) + "\n}\n", encoding="ascii")
