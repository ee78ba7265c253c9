"""Colours, and whether they can be read: contrast as WCAG 2.2 counts it, and the nearest colour that has enough."""

from __future__ import annotations

import colorsys

WHITE = "#ffffff"
ENOUGH = 4.5
"""The contrast of text with what is behind it (WCAG 2.2, 1.4.3)."""
_STEPS = 400


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as #rrggbb, 1 to 21 (WCAG 2.2, relative luminance).

    >>> contrast("#ffffff", "#000000"), round(contrast("#0b5a83", "#ffffff"), 1)
    (21.0, 7.5)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darker(colour: str, *behind: str, enough: float = ENOUGH) -> str:
    """The lightest colour of the same hue, no lighter than `colour`, with enough contrast with all of `behind`.

    >>> darker("#ffcc00", "#ffffff"), darker("#0b5a83", "#ffffff")
    ('#907300', '#0b5a83')
    """
    return _moved(colour, 0.0, behind, enough)


def lighter(colour: str, *behind: str, enough: float = ENOUGH) -> str:
    """The darkest colour of the same hue, no darker than `colour`, with enough contrast with all of `behind`.

    >>> lighter("#0b5a83", "#1d2228")
    '#1290d1'
    """
    return _moved(colour, 1.0, behind, enough)


def _moved(colour: str, end: float, behind: tuple[str, ...], enough: float) -> str:
    """`colour` on its way to black (0.0) or white (1.0), as far as it has to go."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    moved = colour.lower()
    for step in range(_STEPS + 1):
        if all(contrast(moved, each) >= enough for each in behind):
            break
        share = (step + 1) / _STEPS
        channels = colorsys.hls_to_rgb(hue, lightness + (end - lightness) * share, saturation)
        moved = "#" + "".join(f"{round(min(1.0, max(0.0, channel)) * 255):02x}" for channel in channels)
    return moved


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
