"""Check digits of very many numbers at once, so that a list of half a million rows costs no more than a letter.

A column of digits is a row of bytes; `bytes.translate` multiplies all of them by their weight, and adding rows as
long integers adds all lanes in one go. No lane overflows as long as width times modulus stays below 256.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SEPARATORS = b" .-\n"


@dataclass(frozen=True, slots=True)
class Bulk:
    """How a detector goes through a text with more candidates than it can look at one by one."""

    pattern: re.Pattern[bytes]
    """The usual ways to write the number, for Python's own engine: faster than RE2 when every line has one."""
    passing: Callable[[Sequence[bytes]], list[int]]
    """The indexes of the numbers whose check digits are right."""
    hints: str
    """RE2 pattern of what is in every label: near one of these a number is looked at on its own."""


def weighted(weights: Sequence[int], modulus: int) -> tuple[bytes, ...]:
    """Per column the table that turns a digit into digit times weight, modulo `modulus`."""
    return tuple(
        bytes((byte - 48) * weight % modulus if 48 <= byte < 58 else 0 for byte in range(256)) for weight in weights
    )


def remainders(numbers: Sequence[bytes], tables: Sequence[bytes], modulus: int) -> bytes:
    """The weighted sum of each number modulo `modulus`, a byte each; shorter numbers are filled with zeros in front.

    >>> elfproef = weighted((9, 8, 7, 6, 5, 4, 3, 2, -1), 11)
    >>> list(remainders([b"111222333", b"111.222.334", b"10000008"], elfproef, 11))
    [0, 10, 0]
    """
    width, count = len(tables), len(numbers)
    digits = b"\x00".join(numbers).translate(None, _SEPARATORS)
    if len(digits) == (width + 1) * count - 1:
        digits, stride = digits + b"\x00", width + 1
    else:
        digits, stride = b"".join(n.translate(None, _SEPARATORS).rjust(width, b"0") for n in numbers), width
    if len(digits) != stride * count:
        raise ValueError(f"a number has more than {width} digits")
    total = sum(int.from_bytes(digits[i::stride].translate(tables[i]), "little") for i in range(width))
    return total.to_bytes(count, "little").translate(bytes(byte % modulus for byte in range(256)))


def zeros(lanes: bytes) -> list[int]:
    """The indexes of the lanes that are zero.

    >>> zeros(bytes((3, 0, 10, 0)))
    [1, 3]
    """
    return [index for index, lane in enumerate(lanes) if not lane]
