"""What stood in Postfix's files before Zegel, kept beside them; and old and new as a person reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from postconf import Postfix


@dataclass
class State:
    """What was there before, and what was put in its place. None: nothing was there."""

    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    services_before: dict[str, str | None] = field(default_factory=dict)
    services_after: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    form: int = 1
    """Which version wrote it: 1 knew ports only."""

    @staticmethod
    def load(path: Path) -> State | None:
        return State(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def save(self, path: Path) -> None:
        """Complete or not at all: a half-written file could not be undone."""
        new = path.with_suffix(".new")
        new.write_text(json.dumps(vars(self), indent=2) + "\n", encoding="utf-8")
        new.replace(path)


def describe(postfix: Postfix, parameters: dict[str, str | None], lines: dict[str, str | None]) -> None:
    """Old and new, one under the other."""
    for file, now, new in (
        ("main.cf", postfix.parameters(), parameters),
        ("master.cf", postfix.services(), lines),
    ):
        if new:
            print(postfix.folder / file)
        for name, value in new.items():
            prefix = f"{name} = " if file == "main.cf" else ""
            if name in now:
                print(f"  - {prefix}{now[name]}")
            if value is not None:
                print(f"  + {prefix}{value}")
