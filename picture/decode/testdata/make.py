"""Makes the picture files of the decoder's tests. Run here: python make.py (Pillow 13.0.0).

All show the same 24x16 picture, in blocks of 2x2 pixels of (10*x, 15*y, 255-10*x), upright once
their orientation is applied; *alpha* has alpha 255 - 9*x (at the block's corner).
"""
import struct

from PIL import Image

W, H = 24, 16
base = Image.new("RGB", (W, H))
base.putdata([(x // 2 * 20, y // 2 * 30, 255 - x // 2 * 20) for y in range(H) for x in range(W)])
alpha = Image.new("L", (W, H))
alpha.putdata([255 - x // 2 * 18 for y in range(H) for x in range(W)])
rgba = base.copy()
rgba.putalpha(alpha)
grey = Image.new("L", (W, H))
grey.putdata([x // 2 * 20 for y in range(H) for x in range(W)])
palette = base.quantize(256, dither=Image.Dither.NONE)

# how the stored picture is made from the upright one
T = Image.Transpose
STORED = {1: None, 2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_90, 7: T.TRANSVERSE, 8: T.ROTATE_270}


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e


for o, how in STORED.items():
    stored = base if how is None else base.transpose(how)
    stored.save(f"orientation{o}.jpg", quality=95, subsampling=0, exif=exif(o))
turned = base.transpose(STORED[6])
turned.save("orientation6.png", exif=exif(6))
turned.save("orientation6.webp", lossless=True, exif=exif(6))
turned.save("orientation6.tif", tiffinfo={0x0112: 6})
big = bytes(exif(6).tobytes()[:6]) + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
turned.save("orientation6_bigendian.jpg", quality=95, subsampling=0, exif=big)

base.save("rgb420.jpg", quality=95, subsampling=2)
base.save("rgb422.jpg", quality=95, subsampling=1)
base.save("progressive.jpg", quality=95, subsampling=0, progressive=True)
base.convert("CMYK").save("cmyk.jpg", quality=95)
grey.save("grey.jpg", quality=95)

base.save("rgb.png")
rgba.save("alpha.png")
Image.merge("LA", (grey, alpha)).save("grey_alpha.png")
grey.save("grey.png")
palette.save("palette.png")
deep = Image.new("I;16", (W, H))
deep.putdata([x // 2 * 20 * 256 + 77 for y in range(H) for x in range(W)])
deep.save("grey16.png")

palette.save("palette.gif")
palette.save("animated.gif", save_all=True, append_images=[grey.convert("P"), palette], duration=50)

base.save("lossy.webp", quality=95)
base.save("lossless.webp", lossless=True)
rgba.save("lossy_alpha.webp", quality=95)
rgba.save("lossless_alpha.webp", lossless=True, exact=True)
base.save("animated.webp", save_all=True, append_images=[grey.convert("RGB")], duration=50, lossless=True)
rgba.save("animated_alpha.webp", save_all=True, append_images=[rgba.rotate(180)], duration=50, quality=95)

base.save("rgb.bmp")
palette.save("palette.bmp")
base.save("rgb.tif")
base.save("lzw.tif", compression="tiff_lzw")
base.save("deflate.tif", compression="tiff_adobe_deflate")
rgba.save("alpha.tif")
grey.save("grey.tif")
palette.save("palette.tif")
