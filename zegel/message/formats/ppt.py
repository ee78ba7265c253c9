"""PPT by its records (MS-PPT): text of slides, notes, masters and comments, and the objects that are embedded."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from zegel.message.base.found import Budget, Locked
from zegel.message.formats.archive import inflated
from zegel.message.formats.plain import strings
from zegel.message.text.placed_lines import grid
from zegel.message.text.table_marks import tidied, without_marks

_WIDE, _NARROW, _STRING, _OBJECT = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011
_SHAPE_PROPERTIES = range(0xF00B, 0xF123)
_GROUP, _SHAPE, _IN_GROUP = 0xF009, 0xF00A, 0xF00F
"""A group of shapes begins, a shape begins, where it is in its group (MS-ODRAW 2.2.38 to 2.2.46): tables are groups."""
_PACKAGE = b"PK\x03\x04"
"""Newer shapes are kept in a property (MS-ODRAW 2.3.2.22, 0x03A9) as the ZIP that Office Open XML makes of them."""
_CONTAINER, _TAGGED = 0x0F, 0x138B
"""Records of records: by their version, and those that later versions put into a tag, such as comments."""
_LOCKED = b"\xdf\xc4\xd1\xf3"
"""The mark of an encrypted presentation in the stream Current User (MS-PPT 2.3.2)."""


def slides_text(document: bytes, current_user: bytes, budget: Budget, objects: list[bytes]) -> str:
    """All text of a presentation, a line for each paragraph; embedded objects go to `objects`.

    Raises Locked and Exceeded.
    """
    if current_user[12:16] == _LOCKED:
        raise Locked
    lines: list[str] = []
    cells: list[tuple[int, int, str]] = []
    corner: tuple[int, int] | None = None
    for kind, compressed, data in _records(document):
        budget.check_time()
        if kind in (_WIDE, _STRING, _NARROW):
            text = data.decode("latin-1" if kind == _NARROW else "utf-16-le", "replace")
            if corner:
                cells.append((*corner, text))
            else:
                lines.append(without_marks(text))
        elif kind == _GROUP:
            lines.append(grid(cells))
            cells, corner = [], None
        elif kind == _SHAPE:
            corner = None
        elif kind == _IN_GROUP and len(data) >= 8:
            left, top = struct.unpack_from("<ii", data)
            corner = (top, left)
        elif kind == _OBJECT:
            objects.append(inflated(data[4:], budget) if compressed else data)
        elif kind in _SHAPE_PROPERTIES:
            lines.append(strings(data))
            package = data.find(_PACKAGE)
            if package >= 0:
                objects.append(data[package:])
    lines.append(grid(cells))
    return tidied("\n".join(line.replace("\v", "\n") for line in lines if line and not line.isspace()))


def _records(document: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """Each record that is no container: its kind, whether its instance is 1, its data (MS-PPT 2.3.1)."""
    position = 0
    while position + 8 <= len(document):
        head, kind, size = struct.unpack_from("<HHI", document, position)
        position += 8
        if head & _CONTAINER != _CONTAINER and kind != _TAGGED:
            yield kind, head >> 4 == 1, document[position : position + size]
            position += size
