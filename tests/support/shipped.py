"""The rules that ship, loaded once for a process of tests: they never change, and loading them takes a third of a
second.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from zegel.policy.language.load import Rules, load_rules


@cache
def shipped_rules() -> Rules:
    return load_rules(Path(__file__).parents[2] / "rules.yaml")
