"""Remove what is in this environment and not in a list of locked packages: what built them, and what was needed before.

Usage: python tools/only_locked.py LOCKED. pip stays, and this project.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

_STAY = {"pip", "zegel"}


def name_of(text: str) -> str:
    """A package's name as all its spellings have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()


def main(locked: Path) -> None:
    """Uninstalls them."""
    known = {name_of(line.partition("==")[0]) for line in locked.read_text("utf-8").splitlines() if "==" in line}
    here = {name_of(each.name) for each in distributions()}
    if gone := sorted(here - known - _STAY):
        words = [sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", "--disable-pip-version-check", *gone]
        subprocess.run(words, check=True)  # noqa: S603 (names of packages that are here)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
