"""Text for SMTP answers, which know no letter beyond ASCII."""

from __future__ import annotations

import unicodedata

_WRITTEN = str.maketrans({
    "ß": "ss", "ẞ": "SS", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "€": "EUR", "’": "'",
    "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...",
})  # fmt: skip


def in_ascii(text: str) -> str:
    """`text` in one line, without accents; what has no likeness is a question mark.

    >>> in_ascii("Größe: geen patiënten\\n– s’il vous plaît")
    "Grosse: geen patienten - s'il vous plait"
    """
    plain = unicodedata.normalize("NFKD", text.translate(_WRITTEN))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isascii() else "?" for letter in kept).split())
