"""Batch, layer, instance and group normalization."""
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

BATCH_SHAPES = [(6, 3), (4, 3, 5), (3, 4, 3, 2), (2, 2, 2, 3, 3)]
LAYER_CASES = [((4, 6), (6,)), ((2, 3, 5), (3, 5)), ((2, 3, 4), (4,)), ((2, 3, 3, 4), (3, 3, 4))]
INSTANCE_SHAPES = [(2, 3, 6), (2, 3, 3, 4), (2, 2, 2, 3, 3)]
GROUP_CASES = [((4, 6), 3), ((2, 4, 5), 2), ((2, 6, 3, 3), 3), ((2, 4, 3, 3), 1), ((2, 4, 3, 3), 4), ((1, 4, 2, 3, 3), 2)]


def scale_and_shift(*shape):
    """A scale around 1 and a shift around 0, exact in float32."""
    return {"weight": 1.0 + grid(2, *shape) / 4, "bias": grid(3, *shape) / 2}


def batch_norm_cases():
    for shape in BATCH_SHAPES:
        channels, size = shape[1], "x".join(map(str, shape))
        x = grid(1, *shape) + 0.375
        running = {"running_mean": grid(4, channels) / 4, "running_var": grid(5, channels).abs() + 0.5}
        for eps, momentum in ((1e-5, 0.1),) if shape != (3, 4, 3, 2) else ((1e-5, 0.1), (1e-2, 0.4)):
            for training in (True, False):
                attributes = {"training": training, "momentum": momentum, "eps": eps}
                cases = (("", {"x": x, **scale_and_shift(channels)}),)
                if shape == (3, 4, 3, 2) and momentum == 0.1:
                    cases += ((" without scale and shift", {"x": x}),)
                for suffix, inputs in cases:
                    yield case(f"batch norm {size} {'training' if training else 'evaluation'} eps {eps}{suffix}", "batch_norm",
                               attributes, inputs, lambda x, running_mean, running_var, weight=None, bias=None:
                               F.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps),
                               running, ("running_mean", "running_var") if training else None)


def other_cases():
    for shape, axes in LAYER_CASES:
        for eps in (1e-5, 1e-2):
            yield case(f"layer norm {'x'.join(map(str, shape))} over the last {len(axes)} eps {eps}", "layer_norm",
                       {"normalized_shape": axes, "eps": eps}, {"x": grid(1, *shape), **scale_and_shift(*axes)},
                       lambda x, weight, bias: F.layer_norm(x, axes, weight, bias, eps))
    yield case("layer norm without scale and shift", "layer_norm", {"normalized_shape": (5,), "eps": 1e-5}, {"x": grid(1, 3, 5)},
               lambda x: F.layer_norm(x, (5,), eps=1e-5))
    for shape in INSTANCE_SHAPES:
        yield case(f"instance norm {'x'.join(map(str, shape))}", "instance_norm", {"eps": 1e-5},
                   {"x": grid(1, *shape), **scale_and_shift(shape[1])},
                   lambda x, weight, bias: F.instance_norm(x, weight=weight, bias=bias, eps=1e-5))
    yield case("instance norm without scale and shift", "instance_norm", {"eps": 1e-3}, {"x": grid(1, 2, 3, 3, 3)},
               lambda x: F.instance_norm(x, eps=1e-3))
    for shape, groups in GROUP_CASES:
        yield case(f"group norm {'x'.join(map(str, shape))} groups {groups}", "group_norm", {"groups": groups, "eps": 1e-5},
                   {"x": grid(1, *shape), **scale_and_shift(shape[1])},
                   lambda x, weight, bias: F.group_norm(x, groups, weight, bias, 1e-5))
    yield case("group norm without scale and shift", "group_norm", {"groups": 2, "eps": 1e-3}, {"x": grid(1, 2, 4, 3)},
               lambda x: F.group_norm(x, 2, eps=1e-3))
    yield case("layer norm of nearly equal values", "layer_norm", {"normalized_shape": (8,), "eps": 1e-5},
               {"x": 100.0 + grid(1, 2, 8) / 64, **scale_and_shift(8)},
               lambda x, weight, bias: F.layer_norm(x, (8,), weight, bias, 1e-5))


def record():
    return family([*batch_norm_cases(), *other_cases()])
