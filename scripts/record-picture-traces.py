#!/usr/bin/env python3
"""Records what Pillow and torchvision make of small pictures: src/test/resources/voluta/traces/{jpeg,pictures}.zip.

Needs python3-pil and python3-torchvision (recorded with Pillow 9.4, libjpeg-turbo 2.1, torchvision 0.14.1).
"""
import io
import math
import pathlib
import zipfile

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode

FOLDER = pathlib.Path(__file__).parent.parent / "src/test/resources/voluta/traces"


def picture(width, height, channels, rng):
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin(x / 5.0 + y / 9.0 + k) + 25 * np.cos(x * y / 50.0 + k) for k in range(channels)]
    noisy = np.stack(waves, -1) + rng.normal(0, 12, (height, width, channels))
    return np.clip(noisy, 0, 255).astype("u1")


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def encoded(image, files, name, kind="JPEG", ending="jpg", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    files[f"{name}.{ending}"] = buffer.getvalue()
    decoded = ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue())))
    if decoded.mode not in ("L", "RGB"):
        decoded = decoded.convert("RGB")
    files[f"{name}.raw"] = np.asarray(decoded).tobytes()


def jpegs():
    rng = np.random.default_rng(5)
    files = {}
    for width, height in [(37, 29), (1, 1), (3, 2), (17, 1)]:
        for sampling in (0, 1, 2):
            for progressive in (0, 1):
                image = Image.fromarray(picture(width, height, 3, rng))
                name = f"c{width}x{height}s{sampling}p{progressive}q35"
                encoded(image, files, name, subsampling=sampling, progressive=bool(progressive), quality=35,
                        optimize=bool(progressive))
        grey = Image.fromarray(picture(width, height, 1, rng)[..., 0])
        encoded(grey, files, f"g{width}x{height}", quality=80)
        encoded(grey, files, f"gp{width}x{height}", quality=80, progressive=True)
        encoded(Image.fromarray(picture(width, height, 4, rng), "CMYK"), files, f"k{width}x{height}", quality=90)
    for orientation in range(1, 9):
        image = Image.fromarray(picture(19, 11, 3, rng))
        exif = image.getexif()
        exif[0x112] = orientation
        encoded(image, files, f"o{orientation}", exif=exif, subsampling=0)
    return files


def other_kinds(files, rng):
    colour = Image.fromarray(picture(13, 9, 3, rng))
    encoded(colour, files, "rgb", "PNG", "png")
    encoded(Image.fromarray(picture(13, 9, 4, rng), "RGBA"), files, "rgba", "PNG", "png")
    encoded(colour.quantize(16), files, "palette", "PNG", "png")
    encoded(colour.quantize(16), files, "gif", "GIF", "gif")
    encoded(colour, files, "bmp", "BMP", "bmp")
    encoded(colour, files, "lossless", "WEBP", "webp", lossless=True)


def changes():
    rng = np.random.default_rng(6)
    files = {}
    other_kinds(files, rng)
    image = Image.fromarray(picture(31, 23, 3, rng))
    grey = Image.fromarray(picture(31, 23, 1, rng)[..., 0])

    def add(name, result):
        files[name + ".out"] = np.asarray(result).tobytes()

    files["image.in"] = np.asarray(image).tobytes()
    files["grey.in"] = np.asarray(grey).tobytes()
    for mode, kind in ((InterpolationMode.BILINEAR, "bilinear"), (InterpolationMode.BICUBIC, "bicubic")):
        for height, width in ((10, 12), (23, 40), (50, 70), (7, 31)):
            add(f"resize-{kind}-{height}x{width}", F.resize(image, [height, width], mode))
            add(f"resize-{kind}-{height}x{width}-grey", F.resize(grey, [height, width], mode))
        add(f"crop-{kind}", F.resized_crop(image, 3, 5, 17, 20, [12, 12], mode))
    for mode in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC, InterpolationMode.LANCZOS):
        for share, side in ((1, 12), (0.875, 12), (0.875, 23), (0.6, 30)):
            for name, from_ in (("wide", image), ("tall", image.transpose(Image.TRANSPOSE))):
                scaled = F.resize(from_, math.floor(side / share), mode)
                add(f"fit-{mode.value}-{share:g}-{side}-{name}", F.center_crop(scaled, side))
    for degrees in (-30, 7.5, 90, 180):
        add(f"rotate-{degrees:g}", F.rotate(image, degrees, InterpolationMode.BILINEAR))
    for factor in (0, 0.4, 0.7, 1.3, 1.9):
        add(f"brightness-{factor:g}", F.adjust_brightness(image, factor))
        add(f"contrast-{factor:g}", F.adjust_contrast(image, factor))
        add(f"saturation-{factor:g}", F.adjust_saturation(image, factor))
        add(f"sharpness-{factor:g}", F.adjust_sharpness(image, factor))
    for shift in (-0.5, -0.1, 0.05, 0.3):
        add(f"hue-{shift:g}", F.adjust_hue(image, shift))
    add("posterize-3", F.posterize(image, 3))
    add("solarize-100", F.solarize(image, 100))
    add("autocontrast", F.autocontrast(image))
    add("equalize", F.equalize(image))
    return files


write(FOLDER / "jpeg.zip", jpegs())
write(FOLDER / "pictures.zip", changes())
