"""How Zegel looks: the one place of colours, type and shapes, for the pages and for the mails.

Pages get it as a style sheet of custom properties, `--page` and so on; mails, whose programs know no custom
properties, as values in the templates. The organisation gives one colour, and what text and focus need is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache

from zegel.theme.contrast import darker, lighter

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',Arial,sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
RADIUS, BUTTON_RADIUS = 12, 8
"""Of the corners of cards, and of buttons and boxes, in pixels."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb. Text is readable on every background here; tests/unit/theme/test_look.py holds them to it."""

    page: str
    card: str
    text: str
    soft: str
    """Text that matters less."""
    line: str
    field: str
    """The edge of a field, which has to be seen (WCAG 2.2, 1.4.11)."""
    good: str
    good_back: str
    bad: str
    bad_back: str
    warn: str
    warn_back: str
    accent: str = ""
    """The organisation's colour: behind the white text of the button, and on top of cards."""
    accent_edge: str = ""
    """Around that button, where the colour may be as dark as what is behind it."""
    accent_text: str = ""
    """The colour of links and of what has the focus."""

    @property
    def backgrounds(self) -> tuple[str, ...]:
        """What text stands on."""
        return self.page, self.card, self.good_back, self.bad_back, self.warn_back

    def properties(self) -> str:
        """The palette as custom properties of CSS."""
        return ";".join(f"--{each.name.replace('_', '-')}:{getattr(self, each.name)}" for each in fields(self))


_LIGHT = Palette(
    page="#f3f5f7", card="#ffffff", text="#1a1d21", soft="#525c66", line="#d3d9df", field="#76808a",
    good="#17633a", good_back="#e8f5ee", bad="#a81c1c", bad_back="#fdeeee", warn="#7a4b00", warn_back="#fdf4e3",
)  # fmt: skip
_DARK = Palette(
    page="#12161a", card="#1d2228", text="#e8eaed", soft="#a9b2bb", line="#39424b", field="#8a949e",
    good="#8fd6ac", good_back="#173225", bad="#ffb0aa", bad_back="#401d1d", warn="#f3cb86", warn_back="#3a2b10",
)  # fmt: skip
GOOD = _LIGHT.good
"""Of the button that lets a message go."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of one organisation, by day and by night."""

    light: Palette
    dark: Palette
    font: str = FONT
    mono: str = MONO
    radius: int = RADIUS
    button_radius: int = BUTTON_RADIUS

    def style_sheet(self) -> str:
        """What the style sheet of the pages starts from."""
        shapes = (
            f"--font:{self.font};--mono:{self.mono};--radius:{self.radius}px;--button-radius:{self.button_radius}px"
        )
        return (
            f":root{{color-scheme:light dark;{self.light.properties()};{shapes}}}\n"
            f"@media (prefers-color-scheme:dark){{:root{{{self.dark.properties()}}}}}\n"
        )


@lru_cache(maxsize=16)
def look(colour: str) -> Look:
    """The look of the organisation with the accent `colour`, #rrggbb, on which white text can be read."""
    light = replace(_LIGHT, accent=colour, accent_edge="transparent", accent_text=darker(colour, *_LIGHT.backgrounds))
    dark = replace(
        _DARK, accent=colour, accent_edge=_DARK.field, accent_text=lighter(colour, *_DARK.backgrounds, enough=5.0)
    )
    return Look(light, dark)
