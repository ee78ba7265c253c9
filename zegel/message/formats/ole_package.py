"""Files that Windows packs into objects: what was dragged into a document (MS-OLEDS), or embedded in an RTF."""

from __future__ import annotations

import struct

from zegel.message.text import charset as charsets


def packed_file(data: bytes) -> tuple[str, bytes] | None:
    """Name and bytes of the file that Windows' packager put in `data`; None when there is none.

    Two bytes, the name, the path it came from, eight bytes of flags and length, a temporary path, length, the file.
    """
    try:
        names, position = [], 2
        for _ in range(2):
            end = data.index(b"\0", position)
            names.append(charsets.decode(data[position:end]))
            position = end + 1
        position += 8 + struct.unpack_from("<I", data, position + 4)[0]
        (size,) = struct.unpack_from("<I", data, position)
    except (ValueError, struct.error):
        return None
    start = position + 4
    return (names[0].rpartition("\\")[2], data[start : start + size]) if start + size <= len(data) else None


def embedded_object(data: bytes) -> tuple[str, bytes]:
    """Name and bytes of an object as OLE 1 keeps it (MS-OLEDS 2.2.5), as far as its header is one.

    >>> embedded_object(struct.pack("<II I6s II I4s", 0x501, 2, 6, b"Sheet\\0", 0, 0, 4, b"data") + b"more")
    ('', b'data')
    """
    try:
        kind, position = "", 8
        for place in range(3):
            (size,) = struct.unpack_from("<I", data, position)
            if place == 0:
                kind = data[position + 4 : position + 4 + size].rstrip(b"\0").decode("latin-1")
            position += 4 + size
        (size,) = struct.unpack_from("<I", data, position)
    except struct.error:
        return "", data
    if position + 4 + size > len(data):
        return "", data
    content = data[position + 4 : position + 4 + size]
    return (packed_file(content) or ("", content)) if kind == "Package" else ("", content)
