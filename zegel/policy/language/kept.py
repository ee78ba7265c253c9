"""The last policies that were in force, kept as text, for the day on which the files are broken, cut or too new.

    FOLDER/0123456789abcdef/     one policy: rules.yaml and what it names, as the files were, and kept.json about them
    FOLDER/in-force.json         what the running milter goes by, for `zegel check`

Whatever is newest was accepted: it was in force without a doubt, or a person said so (`zegel rules accept`).
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from zegel import __version__
from zegel.policy.language.strength import Strength
from zegel.policy.rules import Rules

log = logging.getLogger("zegel.policy")
MOST = 5
"""Policies that are kept; older ones go."""


@dataclass(frozen=True)
class Kept:
    """One policy of before."""

    folder: Path
    rules: str
    """The path of its rules.yaml below `folder`."""
    fingerprint: str
    at: float
    """When it was accepted, seconds since 1970."""
    zegel: str
    """The version of Zegel that took it."""
    strength: Strength

    @property
    def path(self) -> Path:
        return self.folder / self.rules


@dataclass(frozen=True)
class InForce:
    """What the running milter goes by."""

    fingerprint: str
    since: float
    kept: bool
    """Whether it is one of before, because the files cannot be taken."""
    why: tuple[str, ...] = ()
    """What is wrong with the files."""


class KeptPolicies:
    """The folder. Failing to write it is logged: mail is worth more than a copy."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self.accepted = folder / "accepted"
        """Written each time a policy is kept: who runs looks at it to see that a person said so."""

    def all(self) -> list[Kept]:
        """Those that can be read, the newest first."""
        return sorted(self._found(), key=lambda kept: kept.at, reverse=True)

    def newest(self) -> Kept | None:
        return next(iter(self.all()), None)

    def _found(self) -> Iterator[Kept]:
        for about in self.folder.glob("*/kept.json"):
            try:
                told = json.loads(about.read_text(encoding="utf-8"))
                told["strength"] = Strength.from_json(told["strength"])
                yield Kept(folder=about.parent, **told)
            except (OSError, ValueError, TypeError, KeyError):
                log.warning("a kept policy cannot be read: %s", about.parent)

    def keep(self, path: Path, rules: Rules) -> None:
        """Keeps the policy in `path`, which is in force from now on."""
        try:
            with self._turn():
                newest = self.newest()
                if newest is not None and newest.fingerprint == rules.fingerprint:
                    return
                self._write(next(_plain([path])), rules)
                for old in self.all()[MOST:]:
                    shutil.rmtree(old.folder, ignore_errors=True)
        except OSError as error:
            log.error("the policy in force cannot be kept in %s: %s", self.folder, error.strerror)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Makes the folder, and has the processes of the milter write to it one after the other. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, path: Path, rules: Rules) -> None:
        """Whole or not at all: a folder without kept.json is none."""
        name = rules.fingerprint[:16]
        new = self.folder / f".{name}.{os.getpid()}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        beside = [each for each in _plain(rules.files) if each.is_relative_to(path.parent)]
        for file in beside:  # what comes with Zegel stays with it
            copy = new / file.relative_to(path.parent)
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(file, copy)
        told = {
            "rules": path.name, "fingerprint": rules.fingerprint, "at": self._clock(), "zegel": __version__,
            "strength": Strength.of(rules).as_json(),
        }  # fmt: skip
        (new / "kept.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
        self._give(new)
        shutil.rmtree(self.folder / name, ignore_errors=True)
        new.rename(self.folder / name)
        self.accepted.write_text(rules.fingerprint, encoding="ascii")
        self._give(self.accepted)

    def tell(self, rules: Rules, *, kept: bool, why: tuple[str, ...] = ()) -> None:
        """Notes what is in force, and why it is not what the files say."""
        told = InForce(rules.fingerprint, self._clock(), kept, why)
        new = self.folder / ".in-force"
        try:
            with self._turn():
                new.write_text(json.dumps(asdict(told)), encoding="utf-8")
                self._give(new)
                new.rename(self.folder / "in-force.json")
        except OSError as error:
            log.error("what is in force cannot be noted in %s: %s", self.folder, error.strerror)

    def in_force(self) -> InForce | None:
        try:
            told = json.loads((self.folder / "in-force.json").read_text(encoding="utf-8"))
            return InForce(told["fingerprint"], told["since"], told["kept"], tuple(told["why"]))
        except (OSError, ValueError, KeyError):
            return None

    def _give(self, made: Path) -> None:
        """To the owner of the data, when root made it."""
        owner = self.folder.parent.stat()
        if os.geteuid() == 0:
            for each in (self.folder, made, *made.rglob("*")):
                os.chown(each, owner.st_uid, owner.st_gid)


def _plain(files: Iterable[Path]) -> Iterator[Path]:
    """Each without `..`, by which a copy would leave the folder that it is made in."""
    return (Path(os.path.normpath(each.absolute())) for each in files)
