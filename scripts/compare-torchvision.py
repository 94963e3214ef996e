#!/usr/bin/env python3
"""Images per second of torchvision's ImageFolder and PyTorch's DataLoader: FOLDER workers (crop|fit) batch side seconds.

Needs python3-torchvision. Voluta's side is voluta.data.LoaderThroughput; docs/performance.md shows both. With --photos FOLDER
COUNT it makes pictures of about 500 pixels to measure with.
"""
import os
import pathlib
import sys
import time

import numpy as np
from PIL import Image


def photos(folder, count):
    """Upscaled noise in several sizes of grain, which codes to about as many bytes as photos do."""
    rng = np.random.default_rng(1)
    for i in range(count):
        width, height = (500, 375) if i % 3 else (375, 500)
        total = np.zeros((height, width, 3))
        for grain, strength in ((60, 70), (15, 30), (4, 14), (1, 5)):
            small = rng.normal(0, strength, (height // grain + 2, width // grain + 2, 3))
            layers = [Image.fromarray(small[..., c].astype("f4")).resize((width, height), Image.BICUBIC) for c in range(3)]
            total += np.stack([np.asarray(layer) for layer in layers], -1)
        path = pathlib.Path(folder) / "train" / f"class{i % 10}" / f"{i}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(128 + total, 0, 255).astype("u1")).save(path, quality=90)


def measure(folder, workers, mode, batch, side, seconds):
    import torch
    from torchvision import datasets, transforms as t

    torch.set_num_threads(1)
    first = {
        "crop": [t.RandomResizedCrop(side), t.RandomHorizontalFlip()],
        "fit": [t.Resize(side), t.CenterCrop(side)],
        "flip": [t.RandomHorizontalFlip()],
    }[mode]
    # As fast as it can be: pixels stay bytes, as they do in Voluta.
    data = datasets.ImageFolder(str(pathlib.Path(folder) / "train"), t.Compose(first + [t.PILToTensor()]))
    loader = torch.utils.data.DataLoader(data, batch, shuffle=True, num_workers=workers, drop_last=True, persistent_workers=True)

    def endless():
        while True:
            yield from loader

    def busy():
        """Processor time of this process and its workers so far."""
        ticks = 0
        for pid in [str(p) for p in [os.getpid(), *(w.pid for w in loader._iterator._workers)]]:
            fields = pathlib.Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    batches = endless()
    for _ in range(4):
        next(batches)
    for _ in range(3):
        start, used, n = time.time(), busy(), 0
        while time.time() - start < seconds / 3:
            next(batches)
            n += batch
        rate, each = n / (time.time() - start), (busy() - used) / n * 1e3
        print(
            f"torchvision, {workers} workers, {mode}, batch {batch}, {side}: {rate:.0f} images/s,"
            f" {each:.3f} ms of processor time each"
        )


if sys.argv[1] == "--photos":
    photos(sys.argv[2], int(sys.argv[3]))
else:
    measure(sys.argv[1], int(sys.argv[2]), sys.argv[3], *(int(a) for a in sys.argv[4:7]))
