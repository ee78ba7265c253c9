"""The check digits of a BSN ("elfproef"): for one number, for one that is looked at in passing, and for many at once.

The digits are weighed 9 8 7 6 5 4 3 2 -1, and the sum is a multiple of eleven:
https://nl.wikipedia.org/wiki/Burgerservicenummer
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import mul

from zegel.policy.detectors.base import Confidence
from zegel.policy.detectors.bulk import remainders, weighted, zeros

_USUAL_FORM = re.compile(rb"\D*(?:\d{9}|\d{3}([ .-])\d{3}\1\d{3}|\d{4}([ .-])\d\d\2\d{3}|\d{3}([ .-])\d\d\3\d{4})\D*")
_NO_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte < 58)
_WEIGHTS = {9: (9, 8, 7, 6, 5, 4, 3, 2, -1), 8: (8, 7, 6, 5, 4, 3, 2, -1)}
"""By how many digits there are: the first may be left out when it is 0."""
_ZERO = {count: 48 * sum(weights) % 11 for count, weights in _WEIGHTS.items()}
_ELFPROEF = weighted(_WEIGHTS[9], 11)


def passes(digits: str) -> bool:
    """The elfproef on nine digits; a number of equal digits is nobody's.

    >>> passes("111222333"), passes("123456782"), passes("123456789"), passes("000000000")
    (True, True, False, False)
    """
    a, b, c, d, e, f, g, h, i = map(int, digits)
    total = 9 * a + 8 * b + 7 * c + 6 * d + 5 * e + 4 * f + 3 * g + 2 * h - i
    return total % 11 == 0 and len(set(digits)) > 1


def glance(candidate: bytes) -> Confidence | None:
    """Whether the check digits of `candidate` are right, and when not, whether it counts as a number at all.

    >>> glance(b"111222333"), glance(b"111.222.334"), glance(b"12345678")
    (<Confidence.VALID: 1>, <Confidence.SHAPE: 0>, None)
    """
    digits = candidate[3 if candidate[:1] == b"%" else 0 :].translate(None, _NO_DIGITS)
    count = len(digits)
    if sum(map(mul, _WEIGHTS[count], digits)) % 11 == _ZERO[count]:
        return Confidence.VALID
    return Confidence.SHAPE if count == 9 and _USUAL_FORM.fullmatch(candidate) else None


def all_passing(numbers: Sequence[bytes]) -> list[int]:
    """Which of `numbers` pass, by their places."""
    return zeros(remainders(numbers, _ELFPROEF, 11))
