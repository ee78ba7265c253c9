"""The rules that are in force now, taken anew from their files when one of them changes and all are right.

Mail must not wait for, nor leave unprotected because of, a file that is broken, cut or emptied, nor rules whose tests
an older Zegel fails. So the last good policy stays in force, through a restart too, until the files are right or a
person has said that less protection is meant.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from zegel.policy.language.cuts import Measure
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import Rules, load_rules
from zegel.yamlfile import FileProblems

log = logging.getLogger("zegel.policy")

Stamp = tuple[int, int, int] | None
"""When a file was written, its size and its number on disk; None when it is not there."""
MEANT = "if that is meant, run: zegel rules accept (or: systemctl reload zegel-milter)"


class PolicyInForce:
    """Calling it gives the rules."""

    def __init__(
        self,
        path: Path,
        load: Callable[[Path], Rules] = load_rules,
        kept: KeptPolicies | None = None,
        measure: Measure | None = Measure(),  # noqa: B008 (frozen)
    ) -> None:
        """Raises FileProblems when the file is broken and no policy of before is kept."""
        self.measure = measure
        """What tells much less from a little; with None nothing is judged."""
        self._path = path
        self._load = load
        self._kept = kept
        before = _stamp(path)
        newest = kept.newest() if kept else None
        try:
            found = load(path)
            why = self._said(measure.since(newest, found) if measure and newest else [], found)
        except FileProblems as problems:
            if newest is None:
                raise
            why, self._rules = tuple(map(str, problems.problems)), self._one_of_before(problems)
        else:
            self._rules = self._one_of_before(None, found) if why else found
        self._seen = self._stamps() | {path: before}
        self._came_into_force(why)

    def __call__(self) -> Rules:
        return self._rules

    def refresh(self, *, force: bool = False) -> bool:
        """Reads the rules again when a file of theirs changed (or when told to); True when new ones came into force.

        What protects much less looks like a file that was lost in part: it comes into force only when told to.
        """
        stamps = self._stamps()
        if stamps == self._seen and not force:
            return False
        self._seen = stamps
        try:
            found = self._load(self._path)
        except FileProblems as problems:
            self._refuse(tuple(map(str, problems.problems)))
            return False
        if not force and (why := self._said(self.measure.cuts(self._rules, found) if self.measure else [], found)):
            self._refuse(why)
            return False
        self._rules = found
        # Files that the new rules name and the old did not are seen from now on.
        self._seen = self._stamps() | stamps
        self._seen = {path: self._seen[path] for path in self._files()}
        self._came_into_force(())
        log.info("rules taken over from %s", self._path)
        return True

    def _said(self, less: Sequence[str], found: Rules) -> tuple[str, ...]:
        """What is much less than before, for the log, unless it is what was accepted last."""
        newest = self._kept.newest() if less and self._kept else None
        if newest is not None and newest.fingerprint == found.fingerprint:
            return ()
        return tuple(f"{self._path} {each}; {MEANT}" for each in less)

    def _refuse(self, why: tuple[str, ...]) -> None:
        for each in why:
            log.error("rules not taken over, the old ones stay in force: %s", each)
        if self._kept:
            self._kept.tell(self._rules, kept=True, why=why)

    def _one_of_before(self, problems: FileProblems | None, less: Rules | None = None) -> Rules:
        """The newest policy of before that this Zegel takes.

        When it takes none whole, one whose tests alone fail protects better than no mail at all: the one in the file
        before older ones. Raises `problems` when there is none either.
        """
        assert self._kept
        kept = self._kept.all()
        for each in kept:
            if found := self._tried(each.path, tests=True):
                log.error("the policy in force is the one of %s", _moment(each.at))
                return found
        for path, at in [*([(self._path, 0.0)] if problems else []), *((each.path, each.at) for each in kept)]:
            if found := self._tried(path, tests=False):
                whose = f"the one of {_moment(at)}" if at else "the one in the file"
                log.error("the policy in force is %s, although tests of its rules fail with this Zegel", whose)
                return found
        if less is None:
            assert problems
            raise problems
        return less

    def _tried(self, path: Path, *, tests: bool) -> Rules | None:
        try:
            return self._load(path) if tests else load_rules(path, tests=False)
        except FileProblems:
            return None

    def _came_into_force(self, why: tuple[str, ...]) -> None:
        for each in why:
            log.error("rules not taken over: %s", each)
        if self._kept and not why:
            self._kept.keep(self._path, self._rules)
        if self._kept:
            self._kept.tell(self._rules, kept=bool(why), why=why)
            self._seen[self._kept.accepted] = _stamp(self._kept.accepted)  # what we just wrote is no news

    def _files(self) -> tuple[Path, ...]:
        """rules.yaml, every list file that the rules in force name, and what a person accepted."""
        accepted = (self._kept.accepted,) if self._kept else ()
        return (self._path, *self._rules.files, *accepted)

    def _stamps(self) -> dict[Path, Stamp]:
        return {path: _stamp(path) for path in self._files()}


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
