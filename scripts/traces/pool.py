"""Maximum and average pooling, and pooling to a given output size."""
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
ADAPTIVE_AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}

# input N C spatial, kernel, stride, padding, dilation, ceil mode
MAX_CASES = [
    ((2, 2, 8), (2,), (2,), (0,), (1,), False),
    ((2, 2, 9), (3,), (2,), (1,), (2,), False),
    ((1, 2, 8), (3,), (2,), (0,), (1,), True),
    ((2, 3, 6, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
    ((1, 2, 7, 8), (3, 3), (2, 2), (1, 1), (1, 1), False),
    ((1, 2, 7, 8), (3, 3), (2, 2), (1, 1), (1, 1), True),
    ((1, 2, 5, 6), (2, 3), (1, 1), (1, 0), (1, 1), False),
    ((1, 2, 8, 9), (2, 3), (2, 1), (0, 1), (3, 2), False),
    ((1, 2, 8, 9), (2, 3), (3, 2), (1, 1), (2, 2), True),
    ((1, 1, 5, 5), (2, 2), (3, 3), (0, 0), (1, 1), True),
    ((1, 2, 4, 4, 5), (2, 2, 2), (2, 2, 2), (0, 0, 0), (1, 1, 1), False),
    ((1, 2, 5, 4, 5), (3, 2, 2), (2, 1, 2), (1, 1, 0), (1, 2, 1), True),
]
# input N C spatial, kernel, stride, padding, ceil mode; each with padded places counted and not
AVERAGE_CASES = [
    ((2, 2, 8), (2,), (2,), (0,), False),
    ((1, 2, 8), (3,), (2,), (1,), True),
    ((2, 2, 6, 6), (2, 2), (2, 2), (0, 0), False),
    ((1, 2, 5, 6), (3, 2), (1, 2), (1, 1), False),
    ((1, 2, 7, 8), (3, 3), (2, 2), (1, 1), True),
    ((1, 1, 6, 6), (3, 3), (2, 2), (0, 0), True),
    ((1, 1, 5, 5), (2, 2), (3, 3), (0, 0), True),
    ((1, 2, 4, 4, 5), (2, 2, 2), (2, 2, 2), (0, 0, 0), False),
    ((1, 1, 5, 4, 5), (3, 2, 3), (2, 1, 2), (1, 1, 1), True),
]
ADAPTIVE_CASES = [  # input N C spatial, output size
    ((2, 2, 7), (3,)),
    ((2, 2, 3), (5,)),
    ((2, 3, 5, 6), (1, 1)),
    ((1, 2, 7, 5), (3, 2)),
    ((1, 2, 3, 7), (4, 3)),
    ((1, 2, 4, 5, 7), (3, 2, 3)),
]


def record():
    cases = []
    for i, (shape, kernel, stride, padding, dilation, ceil) in enumerate(MAX_CASES):
        rank = len(kernel)
        attributes = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil}
        cases.append(case(f"max {rank}d {i}", f"max_pool{rank}d", attributes, {"x": grid(1, *shape)}, lambda x:
                          MAX[rank](x, kernel, stride, padding, dilation, ceil)))
    for i, (shape, kernel, stride, padding, ceil) in enumerate(AVERAGE_CASES):
        rank = len(kernel)
        for counted in (True, False):
            attributes = {"kernel": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil, "count_include_pad": counted}
            cases.append(case(f"average {rank}d {i} {'with' if counted else 'without'} padding", f"avg_pool{rank}d", attributes,
                              {"x": grid(1, *shape)}, lambda x: AVERAGE[rank](x, kernel, stride, padding, ceil, counted)))
    for i, (shape, size) in enumerate(ADAPTIVE_CASES):
        rank = len(size)
        for kind, functions in (("max", ADAPTIVE_MAX), ("avg", ADAPTIVE_AVERAGE)):
            cases.append(case(f"adaptive {kind} {rank}d {i}", f"adaptive_{kind}_pool{rank}d", {"output_size": size},
                              {"x": grid(1, *shape)}, lambda x: functions[rank](x, size)))
    return family(cases)
