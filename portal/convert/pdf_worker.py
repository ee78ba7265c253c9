"""Draws pages of a PDF as pictures: a program of its own, because the PDF may be hostile.

Run as `python -I pdf_worker.py pages|PAGE` with the PDF on stdin. `pages` prints as JSON the number of all pages,
and of each that can be shown its width and height in pixels, and its text; a number prints that page (from 1)
as PNG. Anything that goes wrong ends with another exit status than 0.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import zlib
from typing import Any

MOST_PAGES = 20
"""Pages that are shown; the rest is in the download."""
_WIDTH, _HEIGHT = 1000, 1600
"""Pixels that a page fits into: sharp on a phone, readable on a computer."""
_LONGEST_TEXT = 20_000
"""Characters of a page."""
_MEMORY, _SECONDS = 1_000_000_000, 15


def png(rows: list[bytes], width: int) -> bytes:
    """A PNG (ISO/IEC 15948) of 8-bit RGB rows of `width` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def main() -> None:
    """Reads the PDF, limits itself, draws."""
    import pypdfium2

    from zegel.message.base.sandbox import confine, go_behind_others

    data = sys.stdin.buffer.read()
    go_behind_others()
    confine(_MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))

    document = pypdfium2.PdfDocument(data)
    if sys.argv[1] == "pages":
        sizes = [_pixels(*document.get_page_size(n)) for n in range(min(len(document), MOST_PAGES))]
        texts = [_text(document[n]) for n in range(len(sizes))]
        json.dump([len(document), sizes, texts], sys.stdout)
        return
    number = int(sys.argv[1])
    if not 1 <= number <= min(len(document), MOST_PAGES):
        raise SystemExit("no such page")
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(_WIDTH / max(width, 1), _HEIGHT / max(height, 1))
    drawn = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False, no_smoothpath=False)
    if drawn.n_channels != 3:
        raise SystemExit("not an RGB picture")
    pixels = memoryview(drawn.buffer)
    rows = [bytes(pixels[y * drawn.stride : y * drawn.stride + drawn.width * 3]) for y in range(drawn.height)]
    sys.stdout.buffer.write(png(rows, drawn.width))


def _text(page: Any) -> str:
    """What a page says, its lines as they stand."""
    found = page.get_textpage()
    text = found.get_text_bounded() if found.count_chars() else ""
    return text.replace("\r\n", "\n").replace("\0", "").strip()[:_LONGEST_TEXT]


def _pixels(width: float, height: float) -> tuple[int, int]:
    scale = min(_WIDTH / max(width, 1), _HEIGHT / max(height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


if __name__ == "__main__":
    main()
