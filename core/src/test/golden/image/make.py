"""Writes the pictures of this folder and what Pillow, transformers and mistral-common make of them.

    python3 -m venv venv && venv/bin/pip install pillow==12.0.0 numpy==2.3.5 transformers==5.24.0 \
        mistral-common==1.13.1 opencv-python-headless
    venv/bin/python make.py

files/NAME       an encoded picture
pixels/NAME.ppm  its pixels: turned upright by ImageOps.exif_transpose, then mistral-common's _convert_to_rgb
resized.json     SHA-256 of RGB bytes after the resizing of transformers' PixtralImageProcessorPil and
                 Gemma3ImageProcessorPil, without rescaling and normalization
grids.json       columns and rows of mistral-common's ImageEncoder for many sizes

Pillow 13 sometimes resizes the columns before the rows, which changes samples by one; up to version 12 rows come first.

It also prints how far mistral-common's own resizing, OpenCV's INTER_CUBIC without a filter against aliasing, is from
Pillow's.
"""

import hashlib
import io
import json
import pathlib
import random
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from mistral_common.tokens.tokenizers.image import ImageConfig, ImageEncoder, SpecialImageIDs, _convert_to_rgb
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.pixtral.image_processing_pil_pixtral import PixtralImageProcessorPil

HERE = pathlib.Path(__file__).parent
W, H = 45, 31


def picture(width=W, height=H, seed=1):
    """Smooth colours with edges and some noise."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    noise = np.random.default_rng(seed).integers(0, 24, (height, width, 3))
    red = 255 * x / width
    green = 255 * y / height
    blue = np.where((x // 7 + y // 5) % 2 == 0, 200, 40)
    return np.clip(np.stack([red, green, blue], -1) + noise - 12, 0, 255).astype(np.uint8)


def alpha():
    y, x = np.mgrid[0:H, 0:W]
    return ((x * 5 + y * 3) % 256).astype(np.uint8)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(header, raw, *more):
    """A PNG that Pillow does not write itself."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*each) for each in more)
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def interlaced(rgb):
    raw = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = rgb[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    return png(struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 1), raw)


def rows(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def save(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def oriented(image, form, value, **options):
    exif = Image.Exif()
    exif[0x0112] = value
    exif[0x010F] = "camera"
    return save(image, form, exif=exif, **options)


def files():
    rgb = Image.fromarray(picture())
    rgba = Image.fromarray(np.dstack([picture(), alpha()]))
    grey = rgb.convert("L")
    palette = rgb.quantize(32)
    deep = (picture().astype(">u2") * 257 + 3).astype(">u2")
    yield "rgb.png", save(rgb, "PNG")
    yield "rgba.png", save(rgba, "PNG")
    yield "grey.png", save(grey, "PNG")
    yield "grey-alpha.png", save(rgba.convert("LA"), "PNG")
    yield "palette.png", save(palette, "PNG")
    yield "palette-alpha.png", save(palette, "PNG", transparency=bytes(range(0, 256, 8)))
    yield "grey-transparent.png", save(grey, "PNG", transparency=int(np.array(grey)[3, 4]))
    yield "bits.png", save(grey.convert("1"), "PNG")
    yield "palette-4.png", save(rgb.quantize(11), "PNG")
    yield "rgb-16.png", png(struct.pack(">IIBBBBB", W, H, 16, 2, 0, 0, 0), rows(deep))
    yield "rgba-16.png", png(struct.pack(">IIBBBBB", W, H, 16, 6, 0, 0, 0),
                             rows(np.dstack([deep, alpha().astype(">u2") * 257]).astype(">u2")))
    yield "grey-2.png", png(struct.pack(">IIBBBBB", 8, 3, 2, 0, 0, 0, 0), b"\0\x1b\xe4\0\xff\x00\0\xaa\x55")
    yield "interlaced.png", interlaced(picture())
    yield "profile.png", save(rgb, "PNG", icc_profile=b"no profile at all", pnginfo=None)
    yield "gamma.png", png(struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 0), rows(picture()), (b"gAMA", struct.pack(">I", 100000)))
    for subsampling, name in ((0, "444"), (1, "422"), (2, "420")):
        yield f"{name}.jpg", save(rgb, "JPEG", quality=85, subsampling=subsampling)
    yield "progressive.jpg", save(rgb, "JPEG", quality=80, progressive=True)
    yield "restart.jpg", save(rgb, "JPEG", quality=80, restart_marker_blocks=2)
    yield "grey.jpg", save(grey, "JPEG", quality=90)
    yield "cmyk.jpg", save(rgb.convert("CMYK"), "JPEG", quality=90)
    yield "profile.jpg", save(rgb, "JPEG", quality=85, icc_profile=b"no profile at all", comment=b"hello")
    for value in range(1, 9):
        yield f"turned-{value}.jpg", oriented(rgb, "JPEG", value, quality=85)
    yield "turned-6.png", oriented(rgb, "PNG", 6)
    yield "turned-8.webp", oriented(rgb, "WEBP", 8, lossless=True)
    yield "plain.gif", save(palette, "GIF")
    yield "transparent.gif", save(palette, "GIF", transparency=3)
    yield "interlaced.gif", save(palette, "GIF", interlace=1)
    other = Image.fromarray(picture(seed=2)[:, ::-1].copy()).quantize(16)
    yield "animated.gif", save(palette, "GIF", save_all=True, append_images=[other], duration=100, loop=0)
    yield "lossless.webp", save(rgb, "WEBP", lossless=True)
    yield "lossless-alpha.webp", save(rgba, "WEBP", lossless=True, exact=True)
    yield "small.webp", save(Image.new("RGB", (3, 1), (200, 30, 90)), "WEBP", lossless=True, quality=100, method=6)
    yield "lossy.webp", save(rgb, "WEBP", quality=80)
    yield "lossy-alpha.webp", save(rgba, "WEBP", quality=80)
    for quality, method, width, height in ((3, 4, 64, 48), (40, 0, 33, 50), (60, 6, 1, 7), (97, 6, 50, 17)):
        part = Image.fromarray(picture(width, height, quality))
        yield f"lossy-{quality}.webp", save(part, "WEBP", quality=quality, method=method)
    yield "animated.webp", save(rgb, "WEBP", lossless=True, save_all=True, append_images=[other.convert("RGB")], duration=100)


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return _convert_to_rgb(ImageOps.exif_transpose(image))


def resized():
    lines = []
    source = {(W, H): "rgb.png"}
    for (width, height), longest, cell in (((W, H), 1024, 16), ((W, H), 1540, 28), ((W, H), 32, 16), ((W, H), 20, 4), ((W, H), 45, 9)):
        image = Image.fromarray(picture(width, height))
        processor = PixtralImageProcessorPil(size={"longest_edge": longest}, patch_size={"height": cell, "width": cell},
                                             do_rescale=False, do_normalize=False)
        out = np.asarray(processor(image, return_tensors="np")["pixel_values"][0]).transpose(1, 2, 0)
        lines.append(line(source[width, height], "BICUBIC", out))
    for side in (896, 224, 16, 30):
        processor = Gemma3ImageProcessorPil(size={"height": side, "width": side}, do_rescale=False, do_normalize=False)
        out = np.asarray(processor(Image.fromarray(picture()), return_tensors="np")["pixel_values"][0]).transpose(1, 2, 0)
        lines.append(line("rgb.png", "BILINEAR", out))
    for size in ((1, 1), (1, 40), (200, 1), (45, 62), (13, 31), (300, 7)):
        out = np.asarray(Image.fromarray(picture()).resize(size, Image.BICUBIC))
        lines.append(line("rgb.png", "BICUBIC", out))
    return lines


def line(name, filter, out):
    exact = out.astype(np.uint8)
    assert (exact == out).all()
    return {"file": name, "filter": filter, "width": out.shape[1], "height": out.shape[0],
            "sha256": hashlib.sha256(exact.tobytes()).hexdigest()}


def grids():
    draw = random.Random(7)
    lines = []
    for patch, longest, merge in ((16, 1024, 1), (14, 1540, 2), (14, 1540, 1), (14, 980, 2)):
        encoder = ImageEncoder(ImageConfig(patch, longest, merge), SpecialImageIDs(10, 12, 13))
        sizes = [(1, 1), (longest, longest), (longest + 1, 1), (1, 16384), (patch * merge, patch * merge + 1)]
        sizes += [(draw.randint(1, 4000), draw.randint(1, 4000)) for _ in range(120)]
        sizes += [(2 * longest, draw.randint(1, 2000) * 2 + 1) for _ in range(20)]
        for width, height in sizes:
            columns, rows_ = encoder._image_to_num_tokens(Image.new("L", (width, height)))
            lines.append([width, height, longest, patch * merge, columns, rows_])
    return lines


def distance():
    import cv2
    for width, height in ((640, 480), (1600, 1200), (4000, 3000)):
        rgb = picture(width, height)
        size = (1540 // 28 * 28, 1540 * 3 // 4 // 28 * 28)
        ours = np.asarray(Image.fromarray(rgb).resize(size, Image.BICUBIC)).astype(float)
        theirs = np.clip(cv2.resize(rgb.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), 0, 255)
        apart = np.abs(ours - theirs)
        print(f"{width}x{height} to {size[0]}x{size[1]}: OpenCV differs by {apart.mean():.2f} of 255 on average, "
              f"99 % within {np.percentile(apart, 99):.0f}, at most {apart.max():.0f}")


def main():
    for folder in ("files", "pixels"):
        (HERE / folder).mkdir(exist_ok=True)
    for name, data in files():
        (HERE / "files" / name).write_bytes(data)
        image = pixels(data)
        (HERE / "pixels" / (name + ".ppm")).write_bytes(b"P6\n%d %d\n255\n" % image.size + image.tobytes())
    (HERE / "resized.json").write_text(json.dumps(resized(), indent=1) + "\n")
    (HERE / "grids.json").write_text("[" + ",\n".join(json.dumps(each) for each in grids()) + "]\n")
    distance()


if __name__ == "__main__":
    main()
