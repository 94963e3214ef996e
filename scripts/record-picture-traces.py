#!/usr/bin/env python3
"""Records what Pillow and torchvision make of small pictures: src/test/resources/voluta/traces/{jpeg,pictures,varieties}.zip.

Needs python3-pil, python3-torchvision and libjpeg-turbo-progs (recorded with Pillow 9.4, libjpeg-turbo 2.1, torchvision 0.14.1).
"""
import io
import math
import pathlib
import struct
import subprocess
import zipfile
import zlib

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


def png(image, depth, kind, rows, palette=b"", transparent=b"", interlaced=0):
    """A PNG of a variety that Pillow does not write; rows are packed, each with its filter byte."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    file = b"\x89PNG\r\n\x1a\n"
    file += chunk(b"IHDR", struct.pack(">IIBBBBB", image.width, image.height, depth, kind, 0, 0, interlaced))
    if palette:
        file += chunk(b"PLTE", palette)
    if transparent:
        file += chunk(b"tRNS", transparent)
    return file + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def packed(samples, depth):
    """Rows of samples of fewer bits than a byte, padded to bytes."""
    rows = []
    for row in samples:
        bits = "".join(format(int(v), f"0{depth}b") for v in row)
        bits += "0" * (-len(bits) % 8)
        rows.append(int(bits, 2).to_bytes(len(bits) // 8, "big"))
    return rows


def filtered(rows):
    return b"".join(b"\0" + bytes(row) for row in rows)


def adam7(pixels):
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    return b"".join(filtered([row.tobytes() for row in np.ascontiguousarray(pixels[y::dy, x::dx])])
                    for x, y, dx, dy in passes)


def bmp(image, bits, compression, rows, palette=b"", masks=b"", top_down=False):
    rows = b"".join(row + b"\0" * (-len(row) % 4) for row in rows)
    begin = 54 + len(masks) + len(palette)
    height = -image.height if top_down else image.height
    return (b"BM" + struct.pack("<IHHI", begin + len(rows), 0, 0, begin)
            + struct.pack("<IiiHHIIiiII", 40, image.width, height, 1, bits, compression, len(rows), 2835, 2835,
                          len(palette) // 4, 0) + masks + palette + rows)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_varieties(colour, grey, few):
    pixels, level = np.asarray(colour), np.asarray(grey)
    sixteen = pixels.astype(">u2") * 257
    alpha = np.concatenate([sixteen, np.full((*level.shape, 1), 30_000)], -1).astype(">u2")
    palette = bytes(few.getpalette()[:48])
    index = np.asarray(few)
    files = {f"grey{d}.png": png(grey, d, 0, filtered(packed(level >> (8 - d), d))) for d in (1, 2, 4)}
    files.update({f"palette{d}.png": png(grey, d, 3, filtered(packed(index % (1 << d), d)), palette[:3 << d])
                  for d in (1, 2, 4)})
    files["rgb16.png"] = png(colour, 16, 2, filtered(row.tobytes() for row in sixteen))
    files["rgba16.png"] = png(colour, 16, 6, filtered(row.tobytes() for row in alpha))
    files["grey-alpha.png"] = saved(Image.merge("LA", (grey, grey.transpose(Image.ROTATE_180))), "PNG")
    files["palette-alpha.png"] = png(few, 8, 3, filtered(index), palette, bytes(range(0, 256, 16)))
    files["rgb-key.png"] = png(colour, 8, 2, filtered(row.tobytes() for row in pixels), transparent=struct.pack(">HHH", *map(int, pixels[3, 3])))
    files["grey-key.png"] = png(grey, 8, 0, filtered(level), transparent=struct.pack(">H", int(level[3, 3])))
    files["interlaced.png"] = png(colour, 8, 2, adam7(pixels), interlaced=1)
    return files


def bmp_varieties(colour, few):
    pixels = np.asarray(colour).astype(int)
    five = ((pixels[..., 0] >> 3) << 10 | (pixels[..., 1] >> 3) << 5 | pixels[..., 2] >> 3).astype("<u2")
    six = ((pixels[..., 0] >> 3) << 11 | (pixels[..., 1] >> 2) << 5 | pixels[..., 2] >> 3).astype("<u2")
    turned = pixels[..., ::-1].astype("u1")
    with_gap = np.concatenate([turned, np.zeros((*five.shape, 1), "u1")], -1)
    index = np.asarray(few)
    palette = b"".join(bytes([c[2], c[1], c[0], 0]) for c in np.array(few.getpalette()[:48]).reshape(16, 3))
    runs = b"".join(b"".join(bytes([1, v]) for v in row) + b"\0\0" for row in index[::-1]) + b"\0\1"
    rows = [row.tobytes() for row in turned]
    return {
        "rgb555.bmp": bmp(colour, 16, 0, [row.tobytes() for row in five[::-1]]),
        "rgb565.bmp": bmp(colour, 16, 3, [row.tobytes() for row in six[::-1]], masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)),
        "rgb32.bmp": bmp(colour, 32, 0, [row.tobytes() for row in with_gap[::-1]]),
        "top-down.bmp": bmp(colour, 24, 0, rows, top_down=True),
        "palette4.bmp": bmp(few, 4, 0, packed(index[::-1], 4), palette),
        "runs.bmp": bmp(few, 8, 1, [runs], palette),
        "bilevel.bmp": saved(colour.convert("1"), "BMP"),
        "grey.bmp": saved(colour.convert("L"), "BMP"),
    }


def jpeg_varieties(colour):
    files = {}
    for name, options in (("restart", ["-restart", "1B"]), ("restart-rows", ["-restart", "1"]), ("rgb", ["-rgb"]),
                          ("odd-sampling", ["-sample", "2x1,1x2,1x1"]), ("wide-sampling", ["-sample", "4x1"]),
                          ("arithmetic", ["-arithmetic"])):
        source = saved(colour, "PPM")
        files[name + ".jpg"] = subprocess.run(["cjpeg", *options], input=source, stdout=subprocess.PIPE, check=True).stdout
    inks = bytearray(saved(colour.convert("CMYK"), "JPEG", quality=95))
    inks[inks.index(b"Adobe") + 11] = 2  # YCCK
    files["ycck.jpg"] = bytes(inks)
    return files


def varieties():
    rng = np.random.default_rng(7)
    colour = Image.fromarray(picture(21, 17, 3, rng))
    few = colour.quantize(16)
    files = {**png_varieties(colour, colour.convert("L"), few), **bmp_varieties(colour, few), **jpeg_varieties(colour)}
    other = Image.fromarray(picture(21, 17, 3, rng))
    transparent = colour.copy()
    transparent.putalpha(Image.fromarray((np.mgrid[0:17, 0:21][1] * 12).astype("u1")))
    files["animated.gif"] = saved(few, "GIF", save_all=True, append_images=[other.quantize(16)], duration=50)
    files["transparent.gif"] = saved(few, "GIF", transparency=3)
    files["animated.webp"] = saved(colour, "WEBP", save_all=True, append_images=[other], lossless=True, duration=50)
    files["alpha.webp"] = saved(transparent, "WEBP", lossless=True, exact=True)
    files["lossy.webp"] = saved(colour, "WEBP", quality=80)
    for name in list(files):
        image = Image.open(io.BytesIO(files[name]))
        grey = image.mode in ("1", "L", "LA")
        files[name[:name.rindex(".")] + "-" + name[name.rindex(".") + 1:] + ".raw"] = np.asarray(image.convert("L" if grey else "RGB")).tobytes()
    return files


write(FOLDER / "jpeg.zip", jpegs())
write(FOLDER / "pictures.zip", changes())
write(FOLDER / "varieties.zip", varieties())
