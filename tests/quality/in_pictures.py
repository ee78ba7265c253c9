"""Hiding places in pictures, besides their dots."""

from __future__ import annotations

import struct
import zlib

from tests.quality.in_ooxml import package
from tests.quality.registry import PLACES, Make, Place, place
from tests.unit.message.message_samples import png, zipped

_JPEG_END = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\x34\xff\xd9"


def with_chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG with this chunk before its dots."""
    chunk = len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
    at = png().index(b"IDAT") - 4
    return png()[:at] + chunk + png()[at:]


def jpeg(marker: int, content: bytes) -> bytes:
    """A JPEG with this segment."""
    return b"\xff\xd8\xff" + bytes([marker]) + (len(content) + 2).to_bytes(2, "big") + content + _JPEG_END


def tiff(text: str) -> bytes:
    """A TIFF with a description."""
    data = text.encode() + b"\0"
    entry = struct.pack("<HHII", 270, 2, len(data), 26)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0) + data


def xmp(text: str) -> bytes:
    """A packet of XMP."""
    return f'<x:xmpmeta><rdf:Description dc:title="{text}"/></x:xmpmeta>'.encode()


_PNG: dict[str, Make] = {
    "text": lambda secret: with_chunk(b"tEXt", b"Comment\0" + secret.encode()),
    "packed text": lambda secret: with_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(secret.encode())),
    "international text": lambda secret: with_chunk(b"iTXt", b"Comment\0\0\0nl\0\0" + secret.encode()),
    "XMP": lambda secret: with_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(secret)),
    "behind the picture": lambda secret: png() + secret.encode(),
}
_JPEG: dict[str, Make] = {
    "comment": lambda secret: jpeg(0xFE, secret.encode()),
    "Exif": lambda secret: jpeg(0xE1, b"Exif\0\0" + tiff(secret)),
    "XMP": lambda secret: jpeg(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(secret)),
    "IPTC": lambda secret: jpeg(0xED, b"Photoshop 3.0\x008BIM\x1c\x02\x78\0\x0d" + secret.encode()),
    "behind the picture": lambda secret: jpeg(0xE0, b"JFIF\0") + secret.encode(),
}
_OTHER: dict[str, Make] = {
    "gif": lambda secret: b"GIF89a\1\0\1\0\0\0\0\x21\xfe" + bytes([len(secret)]) + secret.encode() + b"\0;",
    "tif": tiff,
    "webp": lambda secret: b"RIFF\0\0\0\0WEBPXMP " + struct.pack("<I", len(xmp(secret))) + xmp(secret),
}
for _name, _make in _PNG.items():
    PLACES.append(Place("png", _name, "png", _make))
for _name, _make in _JPEG.items():
    PLACES.append(Place("jpg", _name, "jpg", _make))
for _format, _make in _OTHER.items():
    PLACES.append(Place(_format, "description", _format, _make))


@place("docx", "fields of a picture in it")
def _in_document(secret: str) -> bytes:
    return package("docx", {"word/media/image1.png": _PNG["text"](secret)})


@place("odt", "fields of a picture in it")
def _in_odf(secret: str) -> bytes:
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "Pictures/1.jpg": _JPEG["comment"](secret)})
