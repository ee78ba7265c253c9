"""rules.yaml as officers change it: read, checked, saved with who and why, compared, and brought back.

The file stays the truth. What somebody changed by hand in the meantime is never overwritten, and is kept as a version
of its own before the next one is saved. Only the file itself is kept, not the files of words beside it.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from zegel.core import Core
from zegel.crypto import seal, unseal
from zegel.errors import ForPeople
from zegel.policy.language.cuts import Measure
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import Rules, load_rules
from zegel.policy.language.strength import Cut
from zegel.sealing_core import ForSealing
from zegel.vault.ids import id_of
from zegel.vault.tables.rules_versions import Version
from zegel.vault.tables.search import writers
from zegel.yamlfile import MOST_BYTES, FileProblems, Problem

BY_HAND = "by hand"
"""Who saved what stands in the file and was not saved here."""
_PURPOSE = "rules version"
_LATELY = 30 * 86_400


class ChangedMeanwhile(ForPeople):
    """The file is no longer what the change was made from."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was changed in the meantime: look at it as it is now, and make your change again")


class ProtectsLess(ForPeople):
    """The new rules protect much less than those in force; `less` says in what."""

    def __init__(self, less: list[Cut]) -> None:
        super().__init__(f"the new rules protect much less: it {'; it '.join(less)}")
        self.less = less


class CannotSave(ForPeople):
    """The file cannot be written."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What stands in the file; `digest` ties a change to it."""

    text: str = field(repr=False)
    digest: str


def measure_of(core: ForSealing) -> Measure:
    """What tells a small change of the rules from a large one here: whose we are, and what the rules found lately."""
    counts = core.vault.store.rule_counts
    own = (*core.settings.domains, *(each.replace("*.", "mail.") for each in core.settings.sender_domains))
    database, clock = core.vault.store.database, core.clock
    return Measure(
        own,
        lambda: counts.messages_since(clock() - _LATELY),
        lambda: writers(database, id_of(clock() - _LATELY), id_of(clock())),
    )


class RulesHistory:
    """The rules of this organisation with their versions."""

    def __init__(self, core: Core) -> None:
        self._store, self._vault, self._clock = core.vault.store, core.vault, core.clock
        self._kept = KeptPolicies(core.settings.storage.policies)
        self._measure = measure_of(core)
        self.path = core.settings.rules

    def current(self) -> Edition:
        """What stands in the file now. Raises FileProblems."""
        try:
            if (size := self.path.stat().st_size) > MOST_BYTES:
                raise FileProblems(
                    [Problem(str(self.path), 0, 0, f"{size} bytes are too many; {MOST_BYTES} are the most")]
                )
            content = self.path.read_bytes()
            return Edition(content.decode("utf-8"), _digest(content))
        except OSError as error:
            raise FileProblems([Problem(str(self.path), 0, 0, f"cannot be read: {error.strerror}")]) from None
        except UnicodeDecodeError:
            raise FileProblems([Problem(str(self.path), 0, 0, "not UTF-8; save the file as UTF-8")]) from None

    def check(self, text: str) -> Rules:
        """The policy that `text` would be in place of the file, its tests run. Raises FileProblems.

        It may name no other files than the file does: what is typed in a browser would read any of this machine's, the
        keys too, and mistakes show what stands in them.
        """
        return load_rules(self.path, text=text, may_read=NamedFiles(self.path, self._kept))

    def less(self, rules: Rules) -> list[Cut]:
        """In what `rules` protect much less than those in force; than those in the file where no milter ran yet."""
        if newest := self._kept.newest():
            return self._measure.since(newest, rules)
        try:
            return self._measure.cuts(load_rules(self.path, tests=False), rules)
        except FileProblems:
            return []

    def save(self, text: str, before: str, who: str, why: str, *, accept_less: bool = False) -> Version:
        """Writes `text` to the file when that still has the digest `before`, and keeps it as a version.

        Raises FileProblems, ProtectsLess unless that is accepted, ChangedMeanwhile and CannotSave; then nothing is
        changed. The milter takes the new rules within a second.
        """
        return self._saved(self.check(text), text, before, who, why, accept_less)

    def _saved(self, rules: Rules, text: str, before: str, who: str, why: str, accept_less: bool) -> Version:
        less = self.less(rules)
        if less and not accept_less:
            raise ProtectsLess(less)
        number = self._store.write(lambda: self._save(text, before, who, why, less))
        if less:
            self._kept.keep(self.path, rules)
        found = self._store.rules_versions.one(number)
        if found is None:
            raise CannotSave("the version is not there")  # never: it was just committed
        return found

    def versions(self) -> list[Version]:
        """The newest first, with what was written to the file by hand since as the first one, numbered 0."""
        kept = list(self._store.rules_versions.newest_first())
        try:
            now = self.current()
            changed = self.path.stat().st_mtime
        except (FileProblems, OSError):
            return kept
        if kept and kept[0].digest == now.digest:
            return kept
        return [Version(0, changed, BY_HAND, "", now.digest), *kept]

    def text_of(self, number: int) -> str:
        """The text of a version; 0 is what stands in the file. Raises KeyError when there is none."""
        if not number:
            return self.current().text
        found = self._store.rules_versions.one(number)
        if found is None:
            raise KeyError(number)
        return unseal(self._vault.keys.policy, found.sealed, _PURPOSE, found.digest).decode()

    def go_back(self, number: int, before: str, who: str, why: str, *, accept_less: bool = False) -> Version:
        """Saves the text of an earlier version again. Raises as `save` and `text_of` do."""
        text = self.text_of(number)
        # It was in the file, so who wrote there what it names could read that.
        return self._saved(load_rules(self.path, text=text), text, before, who, why, accept_less)

    def _save(self, text: str, before: str, who: str, why: str, less: list[Cut]) -> int:
        """Inside a transaction, which has two officers wait for each other."""
        now = self.current()
        if now.digest != before:
            raise ChangedMeanwhile(self.path)
        newest = next(self._store.rules_versions.newest_first(1), None)
        if newest is None or newest.digest != now.digest:
            self._keep(now.text, self.path.stat().st_mtime, BY_HAND, "")
        at = self._clock()
        number = self._keep(text, at, who, why)
        digest = _digest(text.encode())
        self._store.audit_log.record("rules changed", who, at, version=number, digest=digest, why=why, less=less)
        self._write(text.encode(), before)
        return number

    def _keep(self, text: str, at: float, who: str, why: str) -> int:
        digest = _digest(text.encode())
        sealed = seal(self._vault.keys.policy, text.encode(), _PURPOSE, digest)
        return self._store.rules_versions.add(at, who, why, digest, sealed)

    def _write(self, content: bytes, before: str) -> None:
        """Whole or not at all, with the owner and the mode that the file has; a link stays one."""
        path, name = self.path.resolve(), ""
        try:
            old = path.stat()
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), old.st_mode & 0o7777)
                if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), old.st_uid, old.st_gid)
                file.flush()
                os.fsync(file.fileno())
            if self.current().digest != before:
                raise ChangedMeanwhile(self.path)
            Path(name).replace(path)
        except OSError as error:
            raise CannotSave(f"{path} cannot be written: {error.strerror}; see who owns it and its folder") from None
        finally:
            if name:
                Path(name).unlink(missing_ok=True)


class NamedFiles:
    """Whether a file is one that the rules in force name; those of the last good ones while the file is broken."""

    def __init__(self, path: Path, kept: KeptPolicies) -> None:
        self._path = path
        self._kept = kept
        self._named: frozenset[Path] | None = None

    def __call__(self, path: Path) -> bool:
        path = path.resolve()
        if path.is_relative_to(SHIPPED.resolve()):
            return True
        if self._named is None:  # only when it is needed: most policies name no files
            self._named = frozenset(each.resolve() for each in self._files())
        return path in self._named

    def _files(self) -> Iterator[Path]:
        try:
            yield from load_rules(self._path, tests=False).files
        except FileProblems:
            newest = self._kept.newest()
            found = newest.folder.rglob("*") if newest else ()
            yield from (self._path.parent / each.relative_to(newest.folder) for each in found if newest)


def difference(old: str, new: str) -> Iterator[str]:
    """The lines that differ, as `diff -u` shows them, without the names of files."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return islice(lines, 2, None)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
