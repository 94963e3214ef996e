"""Every op that PyTorch has too, one application at a time: on ordinary numbers, and where meanings part, at kinks, ties and
empty windows, with very large and very small numbers, with infinities and NaN.

A function `f(*inputs)` of the tables gives the op's outputs; its name is the op's in TorchOps.java. A tensor wrapped in `Fixed`
gets no gradient.
"""
import math
from collections import namedtuple

import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.pad import torch_order

Fixed = namedtuple("Fixed", "tensor")
NAN, INF = math.nan, math.inf
D = torch.float64


def numbers(*values, shape=None):
    """These numbers as F32 holds them."""
    t = torch.tensor(values, dtype=torch.float32).to(D)
    return t if shape is None else t.reshape(shape)


def labels(*values):
    return Fixed(torch.tensor(values, dtype=torch.int32))


def put(t, place, *values):
    """A copy with these values from element `place` on."""
    t = t.clone()
    t.reshape(-1)[place:place + len(values)] = torch.tensor(values, dtype=D)
    return t


def ties(*shape):
    """Integers from -1 to 1: full of equal values."""
    return torch.round(grid(3, *shape)).clamp(-1, 1)


def near(n):
    """The rounding to F32 that keeps expectations of later steps exact: see `numbers`."""
    return float(torch.tensor(n, dtype=torch.float32))


# --- activations ---------------------------------------------------------------------------------------------------------

ACTIVATIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": lambda x: F.leaky_relu(x),
    "leaky_relu 0.25": lambda x: F.leaky_relu(x, 0.25),
    "leaky_relu -0.5": lambda x: F.leaky_relu(x, -0.5),
    "elu": lambda x: F.elu(x),
    "elu 0.5": lambda x: F.elu(x, 0.5),
    "gelu": lambda x: F.gelu(x),
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hardswish": F.hardswish,
    "hardsigmoid": F.hardsigmoid,
    "mish": F.mish,
    "softplus": F.softplus,
}
KINKS = numbers(-6, -3.5, -3, -2.75, -1, -0.0, 0.0, 0.25, 1, 2.75, 3, 3.5, 6, 6.5)
TINY = numbers(-1e-3, -1e-10, -1e-30, -1e-37, 1e-37, 1e-30, 1e-10, 1e-3)
FAR = numbers(-1e30, -1e4, -104, -88.5, -40, -21, -20, 20, 21, 40, 88.5, 104, 1e4, 1e30)
NOT_FINITE = numbers(1, NAN, -INF, INF, -2)


def activations():
    for op, f in ACTIVATIONS.items():
        yield f"{op}/kinks", f, KINKS
        yield f"{op}/tiny", f, TINY
        yield f"{op}/far", f, FAR
        yield f"{op}/not finite", f, NOT_FINITE
        yield f"{op}/images", f, grid(1, 2, 3, 3, 5) * 3
    for what, slopes in (("channels", grid(2, 3)), ("one", numbers(0.25)), ("negative", numbers(-1, 0, 2))):
        x = put(grid(1, 2, 3, 5), 3, 0.0, -0.0, NAN, INF)
        yield f"prelu/{what}", F.prelu, x, slopes
    for op, f in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
        for axis, shape in ((0, (3, 4)), (1, (4, 7)), (1, (2, 5, 3)), (3, (2, 3, 2, 3))):
            yield f"{op} {axis}/{'x'.join(map(str, shape))}", lambda x: f(x, axis), grid(1, *shape) * 2
        rows = {
            "far": numbers(-1e30, 0, 1e30, 1e4, 1e4, -1e4, shape=(2, 3)),
            "large": numbers(1000, 1001, 999, -1000, -1001, -990, shape=(2, 3)),
            "equal": torch.zeros(2, 5, dtype=D),
            "masked": numbers(-INF, 1, 2, 0.5, -INF, -INF, shape=(2, 3)),
            "all masked": numbers(-INF, -INF, -INF, 1, 2, 3, shape=(2, 3)),
            "infinite": numbers(INF, 1, 2, 1, 2, 3, shape=(2, 3)),
            "nan": numbers(1, NAN, 2, 1, 2, 3, shape=(2, 3)),
            "single": numbers(5, -7, shape=(2, 1)),
        }
        for what, x in rows.items():
            yield f"{op} 1/{what}", lambda x: f(x, 1), x


# --- convolution and products ---------------------------------------------------------------------------------------------

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def conv(stride, dilation, before, after, groups=1):
    def f(x, w, b=None):
        return CONV[len(stride)](F.pad(x, torch_order(before, after)), w, b, stride, 0, dilation, groups)
    return f


def cropped(stride, dilation, before, after, more, groups=1):
    """A transposed convolution whose padding differs on the two sides: the whole result, cut."""
    def f(x, w, b=None):
        y = TRANSPOSE[len(stride)](x, w, b, stride, 0, 0, groups, dilation)
        # what output padding adds beyond the last stamp is bias alone
        wide = F.pad(y, torch_order((0,) * len(more), more))
        if b is not None and any(more):
            rim = F.pad(torch.ones_like(y), torch_order((0,) * len(more), more))
            wide = wide + (1 - rim) * b.reshape(-1, *(1,) * len(stride))
        return F.pad(wide, torch_order([-n for n in before], [-n for n in after]))
    return f


def transposed(stride, dilation, padding, more, groups=1):
    def f(x, w, b=None):
        return TRANSPOSE[len(stride)](x, w, b, stride, padding, more, groups, dilation)
    return f


CONVOLUTIONS = {  # name: (op, shape of x, shape of w)
    "conv1d": (conv((1,), (1,), (1,), (1,)), (2, 3, 7), (4, 3, 3)),
    "conv1d strided, dilated, one-sided": (conv((2,), (3,), (4,), (0,)), (1, 2, 9), (3, 2, 3)),
    "conv2d": (conv((1, 1), (1, 1), (1, 1), (1, 1)), (1, 3, 5, 6), (5, 3, 3, 3)),
    "conv2d strided, unlike": (conv((2, 3), (1, 2), (1, 0), (0, 2)), (2, 2, 6, 7), (3, 2, 3, 2)),
    "conv2d two groups": (conv((1, 1), (1, 1), (1, 1), (1, 1), 2), (1, 4, 4, 3), (6, 2, 3, 3)),
    "conv2d depthwise": (conv((2, 2), (1, 1), (1, 1), (1, 1), 3), (1, 3, 5, 5), (3, 1, 3, 3)),
    "conv2d pointwise": (conv((1, 1), (1, 1), (0, 0), (0, 0)), (2, 5, 3, 3), (4, 5, 1, 1)),
    "conv2d wide border": (conv((1, 1), (1, 1), (4, 0), (0, 5)), (1, 1, 2, 3), (2, 1, 3, 3)),
    "conv3d": (conv((1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1)), (1, 2, 3, 3, 4), (2, 2, 3, 3, 3)),
    "conv3d all different": (conv((2, 1, 2), (1, 2, 1), (1, 0, 2), (0, 1, 1), 2), (1, 2, 4, 4, 3), (2, 1, 2, 2, 3)),
    "transpose1d": (transposed((2,), (1,), (1,), (1,)), (2, 3, 4), (3, 2, 3)),
    "transpose2d": (transposed((1, 1), (1, 1), (1, 1), (0, 0)), (1, 2, 3, 4), (2, 3, 3, 3)),
    "transpose2d stride, output padding": (transposed((3, 2), (1, 2), (1, 0), (2, 1)), (1, 2, 3, 2), (2, 3, 3, 2)),
    "transpose2d output padding below dilation": (transposed((1, 1), (3, 2), (2, 1), (0, 1)), (1, 1, 3, 3), (1, 2, 2, 3)),
    "transpose2d two groups": (transposed((2, 2), (1, 1), (0, 0), (0, 0), 2), (1, 4, 2, 3), (4, 3, 2, 2)),
    "transpose2d one-sided": (cropped((2, 2), (1, 1), (1, 0), (0, 2), (1, 0)), (1, 2, 3, 3), (2, 2, 3, 3)),
    "transpose3d": (transposed((2, 1, 2), (1, 1, 1), (1, 0, 1), (1, 0, 0)), (1, 2, 2, 2, 3), (2, 2, 3, 2, 2)),
}


def convolutions():
    for name, (f, xs, ws) in CONVOLUTIONS.items():
        x, w = grid(1, *xs), grid(2, *ws)
        filters = f(x, w).shape[1]
        yield f"{name}/plain", f, x, w
        yield f"{name}/bias", f, x, w, grid(3, filters)
    f, xs, ws = CONVOLUTIONS["conv2d"]
    yield "conv2d/nan in x", f, put(grid(1, *xs), 7, NAN), grid(2, *ws)
    yield "conv2d/infinity in x", f, put(grid(1, *xs), 16, INF), grid(2, *ws)
    yield "conv2d/large and tiny", f, grid(1, *xs) * 2.0 ** 50, grid(2, *ws) * 2.0 ** -70
    for n, i, o in ((4, 6, 5), (1, 7, 1)):
        yield f"linear/{i} to {o}", F.linear, grid(1, n, i), grid(2, o, i), grid(3, o)
        yield f"linear/{i} to {o} without bias", F.linear, grid(1, n, i), grid(2, o, i)
    yield "linear/nan", F.linear, put(grid(1, 3, 4), 5, NAN), grid(2, 2, 4), grid(3, 2)
    turn = {"matmul": (False, False), "matmul ta": (True, False), "matmul tb": (False, True), "matmul ta tb": (True, True)}
    sizes = {"matrices": ((3, 4), (4, 5)), "batches": ((2, 3, 4), (2, 4, 5)), "broadcast": ((2, 1, 3, 4), (3, 4, 2)),
             "one matrix for all": ((2, 3, 4), (4, 5)), "a row": ((1, 7), (7, 1))}
    for name, (ta, tb) in turn.items():
        for what, (a, b) in sizes.items():
            def product(a, b, ta=ta, tb=tb):
                return torch.matmul(a.mT if ta else a, b.mT if tb else b)
            p, q = grid(1, *a), grid(2, *b)
            yield f"{name}/{what}", product, p.mT.contiguous() if ta else p, q.mT.contiguous() if tb else q


# --- pooling and padding --------------------------------------------------------------------------------------------------

MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
ADAPTIVE_AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
WINDOWS = {  # kernel, stride, padding, dilation, ceil mode, shape
    "1d": ((3,), (2,), (1,), (1,), False, (2, 2, 8)),
    "1d ceil": ((3,), (2,), (0,), (1,), True, (1, 2, 8)),
    "2d": ((2, 2), (2, 2), (0, 0), (1, 1), False, (1, 3, 5, 6)),
    "2d overlapping": ((3, 3), (2, 1), (1, 1), (1, 1), False, (1, 2, 5, 5)),
    "2d ceil": ((3, 2), (2, 3), (1, 1), (1, 1), True, (1, 2, 6, 7)),
    "2d ceil drops a window": ((2, 2), (3, 3), (1, 1), (1, 1), True, (1, 1, 5, 5)),
    "3d": ((2, 3, 2), (2, 1, 2), (1, 1, 0), (1, 1, 1), True, (1, 1, 3, 4, 5)),
}
DILATED = {
    "1d dilated": ((3,), (1,), (1,), (2,), False, (1, 2, 7)),
    "2d dilated ceil": ((2, 2), (2, 2), (1, 0), (2, 3), True, (1, 2, 6, 7)),
    "3d dilated": ((2, 2, 2), (1, 1, 1), (0, 1, 1), (1, 2, 2), False, (1, 1, 3, 4, 4)),
}
SIZES = {"1d to 3": ((3,), (1, 2, 7)), "2d to 1": ((1, 1), (2, 3, 4, 5)), "2d to 3x2": ((3, 2), (1, 2, 5, 7)),
         "2d enlarging": ((4, 5), (1, 1, 3, 3)), "3d to 2x1x3": ((2, 1, 3), (1, 2, 3, 2, 4))}


def special(shape):
    """Pictures whose windows have two largest, nothing but -inf, +inf, or NaN."""
    x = ties(*shape)
    yield "ties", x
    yield "infinities", put(grid(1, *shape), 0, -INF, -INF, INF, INF)
    yield "all of the smallest", torch.full(shape, -INF, dtype=D)
    yield "nan", put(grid(1, *shape), 3, NAN)
    yield "zeros of both signs", torch.where(ties(*shape) > 0, -0.0, 0.0)
    yield "large", torch.where(ties(*shape) > 0, -3e38, -1e38).to(torch.float32).to(D)


def pools():
    for name, (k, s, p, d, ceil, shape) in {**WINDOWS, **DILATED}.items():
        def largest(x, k=k, s=s, p=p, d=d, ceil=ceil):
            return MAX[len(k)](x, k, s, p, d, ceil)
        yield f"max {name}/distinct", largest, grid(1, *shape)
        for what, x in special(shape):
            yield f"max {name}/{what}", largest, x
    for name, (k, s, p, _, ceil, shape) in WINDOWS.items():
        for counted in (True, False):
            def mean(x, k=k, s=s, p=p, ceil=ceil, counted=counted):
                return AVERAGE[len(k)](x, k, s, p, ceil, counted)
            op = f"average {name}{', padding counted' if counted else ''}"
            yield f"{op}/plain", mean, grid(1, *shape)
            yield f"{op}/nan", mean, put(grid(1, *shape), 3, NAN)
    for name, (size, shape) in SIZES.items():
        yield f"adaptive average {name}/plain", lambda x: ADAPTIVE_AVERAGE[len(size)](x, size), grid(1, *shape)
        yield f"adaptive max {name}/distinct", lambda x: ADAPTIVE_MAX[len(size)](x, size), grid(1, *shape)
        for what, x in special(shape):
            yield f"adaptive max {name}/{what}", lambda x: ADAPTIVE_MAX[len(size)](x, size), x


BORDERS = {  # mode, value, before, after, shape
    "constant 1d": ("constant", -1.5, (2,), (1,), (2, 2, 5)),
    "constant 2d crops": ("constant", 0.25, (-1, 2), (0, -2), (1, 2, 5, 4)),
    "constant nan": ("constant", NAN, (1, 0), (0, 1), (1, 1, 2, 3)),
    "constant 3d": ("constant", 0.0, (1, 0, 2), (0, 1, 1), (1, 2, 2, 3, 3)),
    "reflect 1d": ("reflect", None, (4,), (3,), (1, 2, 5)),
    "reflect 2d": ("reflect", None, (1, 3), (3, 0), (1, 2, 4, 5)),
    "reflect 3d": ("reflect", None, (1, 2, 0), (2, 1, 3), (1, 1, 3, 3, 4)),
    "replicate 1d": ("replicate", None, (1,), (5,), (2, 2, 2)),
    "replicate 2d": ("replicate", None, (4, 1), (0, 2), (1, 2, 3, 4)),
    "replicate 3d": ("replicate", None, (1, 0, 3), (2, 1, 0), (1, 1, 2, 3, 2)),
    "circular 1d": ("circular", None, (2,), (4,), (1, 2, 4)),
    "circular 2d": ("circular", None, (1, 0), (2, 3), (1, 2, 3, 4)),
    "circular 3d": ("circular", None, (1, 2, 0), (0, 1, 3), (1, 1, 2, 3, 3)),
}


def borders():
    for name, (mode, value, before, after, shape) in BORDERS.items():
        extra = () if value is None else (value,)
        def pad(x, mode=mode, extra=extra, before=before, after=after):
            return F.pad(x, torch_order(before, after), mode, *extra)
        yield f"pad {name}/plain", pad, grid(1, *shape)
        yield f"pad {name}/not finite", pad, put(grid(1, *shape), 0, NAN, -INF, -0.0)


# --- normalization --------------------------------------------------------------------------------------------------------

def batch_norm(training, momentum, eps):
    def f(x, scale, shift, mean, variance):
        y = F.batch_norm(x, mean, variance, scale, shift, training, momentum, eps)
        return (y, mean, variance) if training else y
    return f


def norms():
    shapes = {"vectors": (5, 3), "1d": (3, 4, 5), "2d": (2, 3, 3, 5), "3d": (2, 2, 2, 3, 3), "two values": (2, 3)}
    for op, f in {"batch_norm": batch_norm(True, 0.125, 1e-5), "batch_norm eps 0.25 momentum 1": batch_norm(True, 1.0, 0.25),
                  "batch_norm momentum 0": batch_norm(True, 0.0, 1e-5), "batch_norm frozen": batch_norm(False, 0.125, 1e-5),
                  "batch_norm frozen eps 0.25": batch_norm(False, 1.0, 0.25)}.items():
        for what, x in {**{k: grid(1, *s) + 0.375 for k, s in shapes.items()},
                        "one channel constant": put(grid(1, 4, 2), 0, 3, 1, 3, 2, 3, 5, 3, 1),
                        "far from zero": 4 + grid(1, 6, 3) / 4,
                        "nan": put(grid(1, 3, 2, 4), 2, NAN),
                        "infinity": put(grid(1, 3, 2, 4), 2, INF),
                        "tiny": grid(1, 4, 3) * 2.0 ** -60,
                        "large": grid(1, 4, 3) * 2.0 ** 40}.items():
            c = x.shape[1]
            yield (f"{op}/{what}", f, x, grid(2, c) / 4 + 1, grid(3, c), Fixed(grid(4, c) / 4), Fixed(grid(5, c).abs() + 0.5))
    specials = {"constant": torch.full((2, 4, 3), 3.0, dtype=D), "nan": put(grid(1, 2, 4, 3), 2, NAN),
                "far from zero": 4 + grid(1, 2, 4, 3) / 4, "tiny": grid(1, 2, 4, 3) * 2.0 ** -60,
                "plain": grid(1, 2, 4, 3), "2d": grid(1, 2, 4, 3, 5), "3d": grid(1, 1, 4, 2, 3, 2)}
    for what, x in specials.items():
        for axis, eps in ((1, 1e-5), (2, 0.25)):
            n = x.shape[axis:]
            yield (f"layer_norm {axis} eps {eps}/{what}", lambda x, s, b: F.layer_norm(x, n, s, b, eps), x,
                   grid(2, *n) / 4 + 1, grid(3, *n))
        for groups, eps in ((1, 1e-5), (2, 1e-5), (4, 0.25)):
            yield (f"group_norm {groups} eps {eps}/{what}", lambda x, s, b: F.group_norm(x, groups, s, b, eps), x,
                   grid(2, 4) / 4 + 1, grid(3, 4))
        yield (f"instance_norm/{what}", lambda x, s, b: F.instance_norm(x, weight=s, bias=b, eps=1e-5), x,
               grid(2, 4) / 4 + 1, grid(3, 4))


# --- elementwise and shapes -----------------------------------------------------------------------------------------------

def arrays():
    pairs = {"equal shapes": ((2, 3, 5), (2, 3, 5)), "channels": ((2, 3, 4), (3, 1)), "both ways": ((2, 1, 5), (3, 1)),
             "scalar": ((3, 4), ()), "scalar first": ((), (3, 4))}
    for op, f in {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div}.items():
        for what, (a, b) in pairs.items():
            yield f"{op}/{what}", f, grid(1, *a), grid(2, *b)
        yield (f"{op}/not finite", f, numbers(NAN, INF, INF, -INF, 0, 1, 1, -0.0), numbers(1, -INF, INF, 0, 0, 0, -0.0, 5))
    for kind, f in {"sum": torch.sum, "mean": torch.mean}.items():
        for axes in ((0,), (1,), (0, 2), (2, 3), (0, 1, 2, 3)):
            for keep in (False, True):
                op = f"{kind} {','.join(map(str, axes))}{' keep' if keep else ''}"
                yield f"{op}/plain", lambda x: f(x, dim=axes, keepdim=keep), grid(1, 2, 3, 2, 3)
        yield f"{kind} 1/not finite", lambda x: f(x, dim=1), numbers(NAN, 1, INF, -INF, INF, 1, shape=(3, 2))
        yield f"{kind} 1/cancelling", lambda x: f(x, dim=1), numbers(2 ** 20, 1, -2 ** 20, -0.0, -0.0, -0.0, shape=(2, 3))
    for axis, shapes in ((0, ((2, 3), (1, 3))), (1, ((2, 1, 3), (2, 4, 3), (2, 2, 3))), (3, ((1, 2, 2, 1), (1, 2, 2, 3)))):
        yield (f"concatenate {axis}/plain", lambda *x: torch.cat(x, axis), *(grid(i + 1, *s) for i, s in enumerate(shapes)))
    yield "slice/plain", lambda x: x[0:1, 1:3, 2:5], put(grid(1, 2, 3, 5), 8, NAN, -INF)
    yield "transpose/plain", lambda x: x.permute(2, 0, 3, 1), put(grid(1, 2, 3, 2, 3), 8, NAN, -INF)
    yield "reshape/plain", lambda x: x.reshape(3, 10), put(grid(1, 2, 3, 5), 8, NAN, -INF)
    yield "broadcast/plain", lambda x: x.expand(2, 3, 4, 5), grid(1, 3, 1, 5)


# --- losses and metrics ---------------------------------------------------------------------------------------------------

def hits(k):
    """How many labels are among the k largest, of equal ones the first: what topk leaves open."""
    def f(x, y):
        best = torch.argsort(x, dim=1, descending=True, stable=True)[:, :k]
        return (best == y.long().unsqueeze(1)).any(1).sum().to(D)
    return f


def losses():
    logits = {"plain": grid(1, 6, 5), "large": grid(1, 6, 5) * 500, "equal": torch.zeros(6, 5, dtype=D),
              "nan": put(grid(1, 6, 5), 7, NAN), "infinity": put(grid(1, 6, 5), 7, INF)}
    for smoothing in (0.0, 0.125, 1.0):
        def loss(x, y, smoothing=smoothing):
            return F.cross_entropy(x, y.long() if y.dtype == torch.int32 else y, ignore_index=-1, label_smoothing=smoothing)
        op = f"cross_entropy {smoothing:g}"
        for what, x in logits.items():
            yield f"{op}/{what}", loss, x, labels(0, 4, 2, 2, 1, 3)
            yield f"{op}/{what}, some ignored", loss, x, labels(0, -1, 2, 2, -1, 3)
            mixed = torch.softmax(grid(2, 6, 5), 1).to(torch.float32).to(D)
            yield f"{op}/{what}, mixed targets", loss, x, mixed
        yield f"{op}/targets that do not sum to 1", loss, grid(1, 3, 4), grid(2, 3, 4)
        yield f"{op}/all ignored", loss, grid(1, 2, 3), labels(-1, -1)
        yield f"{op}/another class is impossible", loss, put(grid(1, 2, 3), 1, -INF), labels(0, 2)
        yield f"{op}/one class", loss, grid(1, 2, 1), labels(0, 0)
    target = Fixed(numbers(0, 1, 0.5, 0.25, 1, 0))
    for what, x in {"plain": grid(1, 6), "far": numbers(-1e4, 1e4, -100, 100, -1e30, 1e30), "zero": torch.zeros(6, dtype=D),
                    "nan": numbers(NAN, 1, 2, 3, 4, 5)}.items():
        yield f"bce/{what}", F.binary_cross_entropy_with_logits, x, target.tensor if what == "plain" else target
    for what, x in {"plain": grid(1, 3, 4), "equal": grid(2, 3, 4), "large": grid(1, 3, 4) * 2.0 ** 50,
                    "nan": put(grid(1, 3, 4), 5, NAN), "infinity": put(grid(1, 3, 4), 5, -INF)}.items():
        yield f"mse/{what}", F.mse_loss, x, grid(2, 3, 4)
    for k in (1, 2, 5, 9):
        for what, x in {"plain": grid(1, 6, 5), "ties": ties(6, 5), "equal": torch.zeros(6, 5, dtype=D),
                        "infinities": put(grid(1, 6, 5), 0, INF, INF, -INF, -INF), "nan": put(grid(1, 6, 5), 3, NAN, 0, 0, 0, 0, 0, NAN)}.items():
            yield f"accuracy {k}/{what}", hits(k), Fixed(x), labels(0, 4, 2, 2, 1, -1)
