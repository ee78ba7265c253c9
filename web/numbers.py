"""Numbers in addresses and forms: the id of a row, written as these pages write it."""

from __future__ import annotations

import re

_LARGEST = 2**63 - 1
"""SQLite and PostgreSQL have no larger one: the driver would raise where nobody expects it."""
_WRITTEN = re.compile(r"0|[1-9][0-9]{0,18}")


def row_number(written: str) -> int | None:
    """The number that `written` is, None when no page of ours has written it so.

    >>> row_number("9223372036854775807"), row_number("9223372036854775808"), row_number("-1"), row_number("٣")
    (9223372036854775807, None, None, None)
    """
    number = int(written) if _WRITTEN.fullmatch(written) else None
    return number if number is not None and number <= _LARGEST else None


def in_address(written: str) -> int:
    """The same for a part of an address. Raises ValueError, for which the router answers 400."""
    number = row_number(written)
    if number is None:
        raise ValueError
    return number
