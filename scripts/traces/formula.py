"""Numbers that any language can repeat exactly: integer arithmetic modulo 2**32, then one division."""
import numpy as np
import torch


def uniform(stream, count, first=0):
    """Values in [-1, 1], multiples of 1/1000: element `first + k` of a stream, as float64.

    The mixing steps are the 32-bit finalizer known as lowbias32; README.md has the same in Java.
    """
    i = np.arange(first, first + count, dtype=np.uint32)
    x = i * np.uint32(0x9E3779B1) + np.uint32(stream * 0x85EBCA77 & 0xFFFFFFFF)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x % np.uint32(2001)).astype(np.float64) / 1000.0 - 1.0


def float32_exact(values, shape):
    """The values rounded to float32 and held as a float64 tensor, so both precisions start from the same numbers."""
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(shape)


def grid(stream, *shape, step=1 / 128):
    """Odd multiples of `step` in (-257 step, 257 step): exact in float32, short in JSON, and never 0.

    Neighbours never tie (any 257 consecutive values differ), and with a step of 1/128 or 1/64 no value lies on a kink of an
    activation, so the gradient of each case is unambiguous.
    """
    count = int(np.prod(shape))
    i = np.arange(count, dtype=np.int64)
    odd = 2 * ((i * 101 + i // 257 * 31 + stream * 67) % 257) - 257
    return torch.from_numpy(odd * step).reshape(shape)
