"""The rules that are in force now, taken anew from the file when it changes and is right."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from zegel.policy.rules import Rules, load_rules
from zegel.yamlfile import FileProblems

log = logging.getLogger("zegel.policy")


class PolicyInForce:
    """Calling it gives the rules. A broken file at start is an error; later it is logged and changes nothing."""

    def __init__(self, path: Path, load: Callable[[Path], Rules] = load_rules) -> None:
        self._path = path
        self._load = load
        self._seen = self._stamp()
        self._rules = load(path)

    def __call__(self) -> Rules:
        return self._rules

    def refresh(self, *, force: bool = False) -> bool:
        """Reads the file again when it changed (or when told to); True when new rules came into force."""
        stamp = self._stamp()
        if stamp == self._seen and not force:
            return False
        self._seen = stamp
        try:
            self._rules = self._load(self._path)
        except FileProblems as problems:
            for problem in problems.problems:
                log.error("rules not taken over, the old ones stay in force: %s", problem)
            return False
        log.info("rules taken over from %s", self._path)
        return True

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
