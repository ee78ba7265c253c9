"""The rules that are in force now, taken anew from their files when one of them changes and all are right."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from zegel.policy.language.load import Rules, load_rules
from zegel.yamlfile import FileProblems

log = logging.getLogger("zegel.policy")

Stamp = tuple[int, int, int] | None
"""When a file was written, its size and its number on disk; None when it is not there."""


class PolicyInForce:
    """Calling it gives the rules. A broken file at start is an error; later it is logged and changes nothing."""

    def __init__(self, path: Path, load: Callable[[Path], Rules] = load_rules) -> None:
        self._path = path
        self._load = load
        before = _stamp(path)
        self._rules = load(path)
        self._seen = self._stamps() | {path: before}

    def __call__(self) -> Rules:
        return self._rules

    def refresh(self, *, force: bool = False) -> bool:
        """Reads the rules again when a file of theirs changed (or when told to); True when new ones came into force.

        Fewer than half as many rules look like a file that was lost in part: these come into force only when told to.
        """
        stamps = self._stamps()
        if stamps == self._seen and not force:
            return False
        self._seen = stamps
        try:
            found = self._load(self._path)
        except FileProblems as problems:
            for problem in problems.problems:
                log.error("rules not taken over, the old ones stay in force: %s", problem)
            return False
        if not force and 2 * len(found.rules) < len(self._rules.rules):
            log.error(
                "rules not taken over, the old ones stay in force: %s has %d rules and had %d; if that is meant, run: "
                "systemctl reload zegel-milter",
                self._path,
                len(found.rules),
                len(self._rules.rules),
            )
            return False
        self._rules = found
        # Files that the new rules name and the old did not are seen from now on.
        self._seen = self._stamps() | stamps
        self._seen = {path: self._seen[path] for path in self._files()}
        log.info("rules taken over from %s", self._path)
        return True

    def _files(self) -> tuple[Path, ...]:
        """rules.yaml and every list file beside it that the rules in force name."""
        return (self._path, *self._rules.files)

    def _stamps(self) -> dict[Path, Stamp]:
        return {path: _stamp(path) for path in self._files()}


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
