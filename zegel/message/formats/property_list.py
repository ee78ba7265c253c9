"""Binary property lists of Apple: settings, saved pages of Safari (`.webarchive`), archives of objects."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from datetime import datetime

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Exceeded, Found
from zegel.message.formats.archive import Inner, below

MARK = b"bplist0"
_MOST_VALUES = 200_000
"""Values that are looked at: one may stand in many places."""
_VALUES_AT_ONCE = 5_000


def read_property_list(found: Found, data: bytes, part: str, inner: Inner) -> None:
    """Each value behind its name; its files and texts go to `inner`. Raises what plistlib raises, and Exceeded."""
    found.budget.charge(len(data))
    lines: list[str] = []
    for name, value in _values(plistlib.loads(data, fmt=plistlib.FMT_BINARY), found):
        if isinstance(value, bytes):
            if kinds.container(value) or kinds.is_text(value):
                found.budget.charge_member()
                found.budget.charge(len(value))
                inner(value, below(part, name or "data"), "")
        elif isinstance(value, str | int | float | datetime) and not isinstance(value, bool):
            found.budget.charge(len(value) if isinstance(value, str) else 8)
            lines.append(f"{name}: {value}" if name else str(value))
        if len(lines) >= _VALUES_AT_ONCE:
            found.text("attachments", part, "\n".join(lines))
            lines = []
    found.text("attachments", part, "\n".join(lines))


def _values(whole: object, found: Found) -> Iterator[tuple[str, object]]:
    """Every value with the name of the one that holds it, in the order of the file. Raises Exceeded."""
    left = _MOST_VALUES
    waiting: list[tuple[str, object]] = [("", whole)]
    while waiting:
        left -= 1
        if left < 0:
            raise Exceeded("limit")
        if left % 1000 == 0:
            found.budget.check_time()
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([(str(key), each) for key, each in value.items()][:left])
        elif isinstance(value, list | tuple):
            waiting += reversed([(name, each) for each in value[:left]])
        else:
            yield name, value
