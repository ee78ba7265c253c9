"""The alphabet of SMS (3GPP TS 23.038, 6.2.1): a text in it costs 7 bits a sign, 160 to a segment."""

from __future__ import annotations

SEGMENT = 160
"""Septets in one SMS; a longer text is sent, and paid, as several."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


def septets(text: str) -> int | None:
    """How many septets `text` takes; None when it has a sign that is not in the alphabet.

    >>> septets("Code 123456"), septets("€ 5"), septets("één ü"), septets("ŝ")
    (11, 4, 5, None)
    """
    if foreign(text):
        return None
    return sum(2 if sign in _EXTENDED else 1 for sign in text)


def foreign(text: str) -> str:
    """The signs of `text` that are not in the alphabet, each once."""
    return "".join(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENDED))
