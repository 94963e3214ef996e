"""Convolution and transposed convolution in one, two and three dimensions."""
import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.pad import torch_order
from traces.record import case, family

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

# name, input N C spatial, filters, kernel; then what differs from stride 1, dilation 1, groups 1, no padding, no bias
CASES = [
    ("plain 1d", (2, 3, 9), 4, (3,), {}),
    ("1d stride, dilation, groups", (2, 4, 13), 6, (3,), {"stride": (2,), "dilation": (2,), "groups": 2, "pad": ((3,), (3,)), "bias": True}),
    ("1d one-sided padding", (1, 2, 6), 3, (4,), {"pad": ((3,), (0,)), "bias": True}),
    ("1d circular", (1, 2, 6), 2, (3,), {"pad": ((1,), (1,)), "mode": "circular"}),
    ("plain 2d", (2, 3, 5, 6), 4, (3, 3), {"bias": True}),
    ("2d same", (2, 2, 5, 5), 3, (3, 3), {"pad": ((1, 1), (1, 1)), "bias": True}),
    ("2d stride leaves a remainder", (1, 2, 8, 7), 3, (3, 2), {"stride": (2, 3), "pad": ((1, 0), (1, 0))}),
    ("2d dilation", (1, 2, 7, 8), 2, (3, 2), {"dilation": (2, 3), "pad": ((2, 1), (2, 1))}),
    ("2d groups", (2, 6, 4, 4), 4, (2, 2), {"groups": 2, "bias": True}),
    ("2d depthwise", (2, 4, 5, 5), 4, (3, 3), {"groups": 4, "stride": (2, 2), "pad": ((1, 1), (1, 1))}),
    ("2d depthwise with multiplier", (1, 3, 5, 4), 6, (3, 3), {"groups": 3, "pad": ((1, 1), (1, 1)), "bias": True}),
    ("2d 1x1", (2, 5, 3, 4), 3, (1, 1), {"bias": True}),
    ("2d 1x1 stride", (2, 3, 5, 5), 4, (1, 1), {"stride": (2, 2)}),
    ("2d kernel covers the input", (2, 3, 4, 3), 5, (4, 3), {"bias": True}),
    ("2d asymmetric padding", (1, 2, 5, 4), 2, (3, 3), {"pad": ((0, 2), (1, 1)), "bias": True}),
    ("2d asymmetric padding, stride", (1, 3, 6, 6), 2, (3, 3), {"pad": ((0, 0), (1, 1)), "stride": (2, 2)}),
    ("2d padding with another number", (1, 2, 4, 4), 2, (3, 3), {"pad": ((1, 1), (1, 1)), "value": 0.5}),
    ("2d reflect", (1, 2, 4, 5), 2, (3, 3), {"pad": ((1, 2), (2, 1)), "mode": "reflect"}),
    ("2d replicate", (1, 2, 4, 5), 2, (3, 3), {"pad": ((1, 2), (2, 1)), "mode": "replicate"}),
    ("2d circular", (1, 2, 4, 5), 2, (3, 3), {"pad": ((1, 1), (1, 1)), "mode": "circular"}),
    ("plain 3d", (1, 2, 4, 4, 5), 3, (2, 3, 3), {"bias": True}),
    ("3d stride, dilation, padding", (1, 2, 5, 5, 6), 2, (2, 3, 2), {"stride": (1, 2, 2), "dilation": (2, 1, 2), "pad": ((1, 1, 0), (1, 1, 0))}),
    ("3d groups", (2, 4, 3, 3, 4), 4, (2, 2, 2), {"groups": 2, "pad": ((1, 0, 0), (1, 0, 0)), "bias": True}),
]

# padding here is what the forward convolution would use: the same on both sides
TRANSPOSE_CASES = [
    ("plain transpose 1d", (2, 3, 5), 4, (3,), {"bias": True}),
    ("transpose 1d stride, output padding", (1, 4, 5), 4, (3,), {"stride": (3,), "padding": (1,), "output_padding": (2,), "groups": 2}),
    ("plain transpose 2d", (2, 3, 3, 4), 2, (3, 3), {"bias": True}),
    ("transpose 2d stride, output padding", (2, 3, 3, 4), 2, (3, 2), {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "bias": True}),
    ("transpose 2d doubles the size", (1, 2, 3, 3), 3, (4, 4), {"stride": (2, 2), "padding": (1, 1)}),
    ("transpose 2d dilation", (1, 2, 4, 3), 2, (2, 3), {"dilation": (2, 2), "padding": (1, 2)}),
    ("transpose 2d groups", (1, 4, 3, 3), 6, (2, 2), {"stride": (2, 2), "groups": 2, "bias": True}),
    ("plain transpose 3d", (1, 2, 2, 3, 3), 2, (2, 2, 3), {"bias": True}),
    ("transpose 3d stride, output padding", (1, 2, 2, 2, 3), 2, (3, 2, 2), {"stride": (2, 1, 2), "padding": (1, 0, 1), "output_padding": (1, 0, 1)}),
]


def convolution(name, shape, filters, kernel, options):
    rank = len(kernel)
    ones, zeros = (1,) * rank, (0,) * rank
    stride, dilation = options.get("stride", ones), options.get("dilation", ones)
    groups, (before, after) = options.get("groups", 1), options.get("pad", (zeros, zeros))
    mode, value = options.get("mode", "constant"), options.get("value", 0.0)
    inputs = {"x": grid(1, *shape), "weight": grid(2, filters, shape[1] // groups, *kernel)}
    if options.get("bias"):
        inputs["bias"] = grid(3, filters)

    def compute(x, weight, bias=None):
        if any(before + after):
            x = F.pad(x, torch_order(before, after), mode, value) if mode == "constant" else F.pad(x, torch_order(before, after), mode)
        return CONV[rank](x, weight, bias, stride, 0, dilation, groups)

    attributes = {"stride": stride, "dilation": dilation, "groups": groups, "pad_before": before, "pad_after": after,
                  "pad_mode": mode, "pad_value": value}
    return case(name, f"conv{rank}d", attributes, inputs, compute)


def transposed(name, shape, filters, kernel, options):
    rank = len(kernel)
    ones, zeros = (1,) * rank, (0,) * rank
    stride, dilation, groups = options.get("stride", ones), options.get("dilation", ones), options.get("groups", 1)
    padding, output_padding = options.get("padding", zeros), options.get("output_padding", zeros)
    inputs = {"x": grid(1, *shape), "weight": grid(2, shape[1], filters // groups, *kernel)}
    if options.get("bias"):
        inputs["bias"] = grid(3, filters)
    attributes = {"stride": stride, "dilation": dilation, "groups": groups, "padding": padding, "output_padding": output_padding}
    return case(name, f"conv_transpose{rank}d", attributes, inputs, lambda x, weight, bias=None:
                TRANSPOSE[rank](x, weight, bias, stride, padding, output_padding, groups, dilation))


def lecture():
    """The 5x5 picture and the 3x3 filter with which the lecture explains convolution."""
    picture = [[1, 1, 1, 0, 0], [0, 0, 1, 1, 0], [0, 1, 0, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 1, 1]]
    cross = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    inputs = {"x": torch.tensor([[picture]], dtype=torch.float64), "weight": torch.tensor([[cross]], dtype=torch.float64)}
    attributes = {"stride": (1, 1), "dilation": (1, 1), "groups": 1, "pad_before": (0, 0), "pad_after": (0, 0),
                  "pad_mode": "constant", "pad_value": 0.0}
    return case("2d lecture", "conv2d", attributes, inputs, lambda x, weight: F.conv2d(x, weight))


def record():
    return family([convolution(*c) for c in CASES] + [lecture()] + [transposed(*c) for c in TRANSPOSE_CASES])
