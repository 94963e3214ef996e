"""Clipping and the optimizers' rules, one step from any state: what training does to gradients and parameters, as ops.

Inputs and outputs are in the order of Voluta's ops: see the Javadoc of OptimizerStep and GradientClip.
"""
import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from traces.formula import grid
from traces.ops import INF, NAN, Fixed, near, numbers, put

D = torch.float64


def clipping(gradients, clip):
    """The gradients after `clip(parameters)`, and whether it says that it changed any."""
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    clipped = clip(parameters)
    return (*(p.grad for p in parameters), torch.tensor(float(clipped), dtype=D))


def by_global_norm(limit):
    def f(*inputs):
        *gradients, norm = inputs
        def clip(parameters):
            clip_grads_with_norm_(parameters, limit, norm)
            return norm > limit
        return clipping(gradients, clip)
    return f


def by_norm(limit):
    return lambda *gradients: clipping(gradients, lambda ps: any([bool(clip_grad_norm_(p, limit) > limit) for p in ps]))


def by_value(limit):
    def f(*gradients):
        def clip(parameters):
            outside = any(bool((p.grad.abs() > limit).any()) for p in parameters)
            clip_grad_value_(parameters, limit)
            return outside
        return clipping(gradients, clip)
    return f


def units(t):
    """The norm of each output's part: of all where there is one dimension or none."""
    return t.norm(2) if t.dim() < 2 else t.norm(2, dim=tuple(range(1, t.dim())), keepdim=True)


def by_unit_norm(ratio):
    """Adaptive gradient clipping by the rule of timm's adaptive_clip_grad, with the weights' norm at least 1e-3."""
    def f(*inputs):
        n = len(inputs) // 2
        results, any_clipped = [], False
        for g, p in zip(inputs[:n], inputs[n:]):
            bound, norm = ratio * units(p).clamp(min=1e-3), units(g)
            results.append(torch.where(norm < bound, g, g * (bound / norm.clamp(min=1e-6))))
            any_clipped |= bool((norm > bound).any())
        return (*results, torch.tensor(float(any_clipped), dtype=D))
    return f


GRADIENTS = {
    "plain": (grid(1, 3, 4), grid(2, 5), grid(3, 2, 2, 3) * 4),
    "small": (grid(1, 3, 4) / 64, grid(2, 5) / 64, grid(3, 2, 2, 3) / 64),
    "zeros": (torch.zeros(3, 4, dtype=D), torch.zeros(5, dtype=D), torch.zeros(2, 2, 3, dtype=D)),
    "mixed": (grid(1, 3, 4) * 1024, grid(2, 5) / 1024, put(grid(3, 2, 2, 3), 0, 0.0, -0.0, 0.5, -0.5)),
    "nan": (grid(1, 3, 4), put(grid(2, 5), 1, NAN), grid(3, 2, 2, 3)),
    "infinity": (grid(1, 3, 4), put(grid(2, 5), 1, INF), grid(3, 2, 2, 3)),
    "at the limit": (numbers(0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, shape=(3, 4)), numbers(-0.5, 0, 0, 0, 0),
                     torch.zeros(2, 2, 3, dtype=D)),
    "large": (grid(1, 3, 4) * 2.0 ** 90, grid(2, 5), grid(3, 2, 2, 3)),
}


def clips():
    for what, gs in GRADIENTS.items():
        fixed = [Fixed(g) for g in gs]
        yield f"global_norm/{what}", lambda *g: get_total_norm(g), *fixed
        norm = get_total_norm(gs).to(torch.float32).to(D)
        for limit in (0.5, 64.0):
            yield f"clip_by_global_norm {limit:g}/{what}", by_global_norm(limit), *fixed, Fixed(norm)
            yield f"clip_by_norm {limit:g}/{what}", by_norm(limit), *fixed
            yield f"clip_by_value {limit:g}/{what}", by_value(limit), *fixed
        weights = [Fixed(w) for w in (grid(6, 3, 4), torch.zeros(5, dtype=D), put(grid(7, 2, 2, 3), 0, *[0.0] * 6))]
        for ratio in (0.0625, 0.5):
            yield f"clip_by_unit_norm {ratio:g}/{what}", by_unit_norm(ratio), *fixed, *weights


# --- optimizers -----------------------------------------------------------------------------------------------------------

SGD, ADAM, ADAMW, RMSPROP, ADAGRAD = (getattr(torch.optim, n) for n in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"))
OPTIMIZERS = {  # kind, the names of its states in the order of the op, options
    "sgd": (SGD, (), {}),
    "sgd decay": (SGD, (), {"weight_decay": 0.125}),
    "sgd momentum": (SGD, ("momentum_buffer",), {"momentum": 0.875}),
    "sgd momentum dampening": (SGD, ("momentum_buffer",), {"momentum": 0.875, "dampening": 0.25}),
    "sgd nesterov decay": (SGD, ("momentum_buffer",), {"momentum": 0.875, "nesterov": True, "weight_decay": 0.125}),
    "sgd dampening decay": (SGD, ("momentum_buffer",), {"momentum": 0.5, "dampening": 0.75, "weight_decay": 0.125}),
    "adam": (ADAM, ("exp_avg", "exp_avg_sq"), {}),
    "adam decay": (ADAM, ("exp_avg", "exp_avg_sq"), {"weight_decay": 0.125}),
    "adam betas": (ADAM, ("exp_avg", "exp_avg_sq"), {"betas": (0.5, 0.75), "eps": 0.0625}),
    "adam no memory": (ADAM, ("exp_avg", "exp_avg_sq"), {"betas": (0.0, 0.0), "eps": 0.0625}),
    "adamw": (ADAMW, ("exp_avg", "exp_avg_sq"), {"weight_decay": 0.125}),
    "adamw no decay": (ADAMW, ("exp_avg", "exp_avg_sq"), {"weight_decay": 0.0}),
    "rmsprop": (RMSPROP, ("square_avg",), {}),
    "rmsprop decay": (RMSPROP, ("square_avg",), {"weight_decay": 0.125, "alpha": 0.5, "eps": 0.0625}),
    "rmsprop momentum": (RMSPROP, ("square_avg", "momentum_buffer"), {"momentum": 0.875}),
    "rmsprop centered": (RMSPROP, ("square_avg", "grad_avg"), {"centered": True}),
    "rmsprop centered momentum decay": (RMSPROP, ("square_avg", "grad_avg", "momentum_buffer"),
                                        {"centered": True, "momentum": 0.5, "weight_decay": 0.125}),
    "adagrad": (ADAGRAD, ("sum",), {}),
    "adagrad rate decay": (ADAGRAD, ("sum",), {"lr_decay": 0.25, "weight_decay": 0.125, "eps": 0.0625}),
}
RATE = 0.125


def step(kind, states, options, at):
    """Inputs p, g, states..., rate, step, guard; outputs p' and the new states."""
    def f(p, g, *rest):
        parameter = torch.nn.Parameter(p.clone())
        parameter.grad = g.clone()
        optimizer = kind([parameter], lr=RATE, **options)
        if at > 1 or kind is not SGD:
            # SGD makes its buffer in the first step; the others begin with the zeros that are in `rest`
            optimizer.state[parameter] = {name: rest[i].clone() for i, name in enumerate(states)}
            if kind is not SGD:
                optimizer.state[parameter]["step"] = torch.tensor(float(at - 1))
        optimizer.step()
        return (parameter, *(optimizer.state[parameter][name] for name in states))
    return f


def optimizers():
    p, g = grid(1, 9), put(grid(2, 9), 0, 0.0, near(1e-8), near(1e8), -0.0)
    for name, (kind, states, options) in OPTIMIZERS.items():
        for at in (1, 2, 1000):
            held = [torch.zeros(9, dtype=D)] * len(states)
            if at > 1:
                signed = [grid(3, 9) / 8, grid(4, 9) / 8, grid(5, 9) / 8]
                held = [grid(6, 9).abs() + 4.5 if s in ("exp_avg_sq", "square_avg", "sum") else signed[i] for i, s in enumerate(states)]
            scalars = numbers(RATE).reshape(()), torch.tensor(at, dtype=torch.int64), torch.zeros((), dtype=D)
            yield f"{name}/step {at}", step(kind, states, options, at), *map(Fixed, (p, g, *held, *scalars))


def folding():
    for name, shape in (("convolution", (4, 2, 3, 3)), ("linear", (3, 5))):
        c = shape[0]
        vectors = grid(2, c), grid(3, c) / 4 + 1, grid(4, c), grid(5, c), grid(6, c).abs() + 0.5
        def fold(w, b, scale, shift, mean, variance):
            return fuse_conv_bn_weights(w, b, mean, variance, 0.25, scale, shift)
        yield f"fold batch_norm/{name}", fold, *map(Fixed, (grid(1, *shape), *vectors))
