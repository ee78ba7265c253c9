"""Draws a picture anew: a program of its own, because the picture may be hostile.

Run as `python -I picture_worker.py` with the picture on stdin; prints it as PNG or JPEG, upright, not larger than a
screen, with nothing of the file in it but what is seen: no place, no camera, no comment, no second picture.
"""

from __future__ import annotations

import io
import resource
import sys

_MOST_PIXELS = 80_000_000
_WIDTH, _HEIGHT = 1600, 2400
_MEMORY, _SECONDS = 1_000_000_000, 15
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "HEIF")


def main() -> None:
    """Reads the picture, limits itself, draws."""
    from PIL import Image, ImageOps
    from pillow_heif import register_heif_opener

    from zegel.message.base.sandbox import confine, go_behind_others

    data = sys.stdin.buffer.read()
    go_behind_others()
    confine(_MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # it only warns; the limit is here
    with Image.open(io.BytesIO(data), formats=_FORMATS) as found:
        if found.width * found.height > _MOST_PIXELS:
            raise SystemExit("too many pixels")
        found.draft("RGB", (_WIDTH, _HEIGHT))
        drawn = ImageOps.exif_transpose(found)
        clear = "A" in drawn.getbands() or "transparency" in drawn.info
        drawn = drawn.convert("RGBA" if clear else "RGB")
        drawn.thumbnail((_WIDTH, _HEIGHT))
        photo = found.format in ("JPEG", "WEBP", "HEIF") and not clear
    bare = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
    bare.save(sys.stdout.buffer, *(("JPEG",) if photo else ("PNG",)), quality=85)


if __name__ == "__main__":
    main()
