"""Bars drawn on the server: numbers in, coordinates out. The template draws, and a table behind it has the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 140


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    kind: int
    """Which number of its column this is."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Stacked columns, and the lines behind them with what they stand for."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]
    top: int


def columns(values: Sequence[Sequence[int]]) -> Plot:
    """A column for each item, its numbers on top of each other.

    >>> columns([[1, 2], [0, 0]]).top
    4
    """
    top = _round_up(max((sum(each) for each in values), default=0))
    step = WIDTH / max(1, len(values))
    bars = []
    for place, column in enumerate(values):
        y = float(HEIGHT)
        for kind, value in enumerate(column):
            height = HEIGHT * value / top
            y -= height
            if value:
                bars.append(
                    Bar(
                        round(place * step + step * 0.12, 1), round(y, 1), round(step * 0.76, 1), round(height, 1), kind
                    )
                )
    lines = tuple((round(HEIGHT - HEIGHT * part / 2, 1), top * part // 2) for part in (1, 2))
    return Plot(tuple(bars), lines, top)


def _round_up(value: int) -> int:
    """The next of 4, 10, 20, 40, 100, …

    >>> [_round_up(each) for each in (0, 3, 5, 11, 39, 41, 1000)]
    [4, 4, 10, 20, 40, 100, 1000]
    """
    size = 1
    while True:
        for step in (4, 10, 20):
            if value <= step * size:
                return step * size
        size *= 10
