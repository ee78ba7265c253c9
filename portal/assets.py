"""What the pages load from the portal itself: one style sheet, one script, the brand's colours and its logo."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from zegel.settings import Organisation

_FOLDER = Path(__file__).with_name("static")
_DARK_CARD = "#1d2228"
"""The card's colour in dark mode, as in portal.css."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that browsers may keep: `path` changes with its content."""

    path: str
    kind: str
    data: bytes


class Assets:
    """The assets by their path, read once."""

    def __init__(self, organisation: Organisation, base: str) -> None:
        self.style = _asset(f"{base}/static/portal.css", "text/css; charset=utf-8", _read("portal.css"))
        self.script = _asset(f"{base}/static/portal.js", "text/javascript; charset=utf-8", _read("portal.js"))
        self.compose = _asset(f"{base}/static/compose.js", "text/javascript; charset=utf-8", _read("compose.js"))
        self.brand = _asset(f"{base}/static/brand.css", "text/css; charset=utf-8", brand(organisation.colour))
        self.logo = (
            _asset(f"{base}/logo.png", "image/png", organisation.logo.read_bytes()) if organisation.logo else None
        )


def brand(colour: str) -> bytes:
    """The style sheet with the organisation's colour, and a lighter one for text on dark cards."""
    return (
        f":root{{--accent:{colour};--accent-text:{colour}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent-text:{lighter(colour)}}}}}\n"
    ).encode("ascii")


def lighter(colour: str, background: str = _DARK_CARD, contrast: float = 5.0) -> str:
    """`colour` mixed with as much white as it takes to be readable on `background` (WCAG 2.2, 1.4.3).

    >>> lighter("#0b5a83")
    '#6d9cb5'
    """
    for share in range(0, 101, 5):
        mixed = [round(c + (255 - c) * share / 100) for c in _channels(colour)]
        if (_luminance(mixed) + 0.05) / (_luminance(_channels(background)) + 0.05) >= contrast:
            break
    return "#" + "".join(f"{c:02x}" for c in mixed)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(channels: list[int]) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def _asset(path: str, kind: str, data: bytes) -> Asset:
    return Asset(f"{path}?v={hashlib.sha256(data).hexdigest()[:12]}", kind, data)
