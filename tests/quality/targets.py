"""The figures that the shipped rules have to reach, read from docs/quality.md, so that the page cannot lie."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.quality.judged import Figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
_ROW = re.compile(r"^\| (\w+) \| [^|]+ \| (0\.\d+|1) \| (0\.\d+|1) \| (0\.\d+|1) \|$", re.MULTILINE)


class Target(NamedTuple):
    """The least figures of a set."""

    recall: float
    precision: float
    level_right: float

    def met_by(self, figures: Figures) -> bool:
        """Whether all three are reached."""
        found = (figures.recall, figures.precision, figures.level_right)
        return all(have >= least for have, least in zip(found, self, strict=True))

    def __str__(self) -> str:
        return f"recall {self.recall}, precision {self.precision}, level right {self.level_right}"


def targets() -> dict[str, Target]:
    """By set: "cases" and "generated"."""
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {name: Target(float(recall), float(precision), float(level)) for name, recall, precision, level in rows}
