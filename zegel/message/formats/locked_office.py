"""Office documents that are locked with a password, opened when the password is known."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from types import SimpleNamespace

import msoffcrypto
import msoffcrypto.exceptions
from msoffcrypto.format import doc97, ppt97, xls97

from zegel.message.base.found import Budget

_OF_THE_PROGRAMS = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""Passwords that Excel and PowerPoint try by themselves: such a document opens without asking."""
_ROUNDS = re.compile(rb'spinCount="(\d{1,20})"')
_MOST_ROUNDS = 1_000_000
"""Rounds of hashing that a document may ask for a password; Office writes 100,000."""

for _legacy in (doc97, ppt97, xls97):
    # msoffcrypto writes the plain document to a temporary file: a worker may not, and plain text belongs on no disk.
    _legacy.tempfile = SimpleNamespace(TemporaryFile=io.BytesIO)


def unlocked(data: bytes, passwords: Sequence[str], budget: Budget) -> bytes | None:
    """The document without its lock, None when no password fits. Raises Exceeded."""
    rounds = _ROUNDS.search(data)
    if rounds and int(rounds[1]) > _MOST_ROUNDS:
        return None
    for password in (*_OF_THE_PROGRAMS, *passwords):
        budget.check_time()
        plain = io.BytesIO()
        try:
            document = msoffcrypto.OfficeFile(io.BytesIO(data))
            document.load_key(password=password)
            document.decrypt(plain)
        except MemoryError:
            raise
        except Exception:  # noqa: S112 (a wrong password and a broken document look alike here)
            continue
        if plain.getbuffer().nbytes:
            budget.charge(plain.getbuffer().nbytes)
            return plain.getvalue()
    return None
