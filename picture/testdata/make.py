"""Makes pillow/: what Pillow makes of noise of odd sizes, with each fit; and a picture's reference crop.

Run here: python make.py (Pillow 13.0.0). The test computes the same noise itself: see noise in
resize_test.go. A file's name is FIT_WIDTHxHEIGHT_RESIZE_CROP.png.
"""
from PIL import Image

CASES = [  # every way in which a window can be cut, padded or degenerate; both orders of the passes
    ("squash", 1, 1, 8, 8), ("squash", 1, 2, 9, 5), ("squash", 2, 1, 9, 6), ("squash", 5, 7, 32, 32),
    ("squash", 70, 200, 16, 16), ("squash", 200, 3, 16, 13), ("squash", 32, 24, 32, 32), ("squash", 24, 32, 32, 32),
    ("squash", 24, 33, 32, 32), ("squash", 47, 33, 46, 23), ("squash", 1, 2000, 20, 20), ("squash", 2000, 1, 20, 20),
    ("squash", 57, 59, 56, 41), ("squash", 640, 427, 24, 21), ("squash", 427, 640, 24, 21), ("squash", 300, 640, 256, 27),
    ("squash", 37, 41, 1, 1), ("squash", 7, 9, 2, 1), ("squash", 16, 16, 16, 16), ("squash", 40, 64, 16, 16),
    ("cover", 70, 200, 16, 13), ("cover", 200, 70, 16, 16), ("cover", 3, 300, 8, 8), ("cover", 300, 3, 8, 7),
    ("cover", 65, 64, 31, 28), ("cover", 11, 13, 24, 21),
    ("contain", 70, 200, 31, 31), ("contain", 200, 70, 16, 16), ("contain", 1, 900, 9, 9), ("contain", 900, 1, 9, 8),
    ("contain", 5, 9, 32, 30),
]
MEAN = (123, 117, 104)


def noise(w, h):
    state, out = 1, bytearray()
    for _ in range(w * h * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return Image.frombytes("RGB", (w, h), bytes(out))


def make(fit, w, h, resize, crop):
    if fit == "contain":
        size = [max(1, (2 * crop * side + max(w, h)) // (2 * max(w, h))) for side in (w, h)]
        out = Image.new("RGB", (crop, crop), MEAN)
        out.paste(noise(w, h).resize(size, Image.BILINEAR), ((crop - size[0]) // 2, (crop - size[1]) // 2))
        return out
    size = (resize, resize)
    if fit == "cover":  # torchvision.transforms.functional: resize, center_crop
        size = (resize, int(resize * h / w)) if w <= h else (int(resize * w / h), resize)
    left, top = (int(round((side - crop) / 2.0)) for side in size)
    return noise(w, h).resize(size, Image.BILINEAR).crop((left, top, left + crop, top + crop))


for case in CASES:
    make(*case).save("pillow/%s_%dx%d_%d_%d.png" % case, optimize=True)

picture = Image.open("chelsea.png").resize((256, 256), Image.BILINEAR).crop((14, 14, 241, 241))
picture.save("chelsea_227.png", optimize=True)
