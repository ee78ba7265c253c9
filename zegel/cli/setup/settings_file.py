"""zegel.yaml, rules.yaml and the master key, as setup finds and makes them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zegel.cli.setup.answers import Answers
from zegel.cli.setup.machine import NotReady
from zegel.policy.language.include import SHIPPED
from zegel.settings.model import Settings, key_file_problem
from zegel.vault.keys import write_master_key, write_sealing_key
from zegel.yaml_edit import NotEditable, changed
from zegel.yamlfile import FileProblems, load, read

EXAMPLE = Path(__file__).resolve().parents[2] / "settings" / "shipped" / "zegel.yaml"


class SettingsFile:
    """What is there, and what it becomes. Raises FileProblems when what is there is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # a link stays one
        self._is_there = path.exists()
        if self._is_there:
            load(path, Settings)
        self._before = path.read_text("utf-8") if self._is_there else ""
        self.text = self._before if self._is_there else EXAMPLE.read_text("utf-8")
        is_example = self.text == EXAMPLE.read_text("utf-8")
        self.document: dict[str, Any] = {} if is_example else (read(path)[0] or {})
        """Its values; none when nobody has filled it in yet."""

    def answers(self) -> Answers:
        """What it says itself. Raises NotReady when nobody has filled it in."""
        if not self.document:
            raise NotReady(f"{self.path} is not filled in yet; run zegel setup without --as-it-is")
        settings = load(self.path, Settings)[0]
        return Answers(
            organisation=settings.organisation.name, domains=settings.domains, portal=settings.portal.url,
            languages=settings.organisation.languages,
        )  # fmt: skip

    def take(self, answers: Answers) -> Settings:
        """The settings with these answers, checked. Raises FileProblems or NotReady; nothing is written."""
        try:
            self.text = changed(self.text, answers.settings())
        except NotEditable as problem:
            raise NotReady(f"{self.path}: {problem}") from None
        folder = self.path.parent
        made = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        new = self._beside()
        try:
            return load(new, Settings)[0]
        except FileProblems as problems:
            names = [str(each).replace(str(new), f"{self.path}, with your answers") for each in problems.problems]
            raise NotReady("\n".join(names)) from None
        finally:
            new.unlink(missing_ok=True)
            for each in made:
                each.rmdir()

    @property
    def differs(self) -> bool:
        return self.text != self._before

    def changes(self) -> Iterator[str]:
        """The lines that go and come."""
        old = self._before if self._is_there else EXAMPLE.read_text("utf-8")
        for line in difflib.unified_diff(old.splitlines(), self.text.splitlines(), n=0, lineterm=""):
            if line[:1] in "+-" and line[:3] not in ("+++", "---"):
                yield f"  {line[0]} {line[1:]}"

    def write(self) -> None:
        """Whole or not at all; owner and mode stay."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self._beside()
        if self._is_there:
            owner = self.path.stat()
            new.chmod(owner.st_mode & 0o777)
            os.chown(new, owner.st_uid, owner.st_gid)
        new.replace(self.path)

    def _beside(self) -> Path:
        new = self.path.with_name(f".{self.path.name}.new")
        new.write_text(self.text, "utf-8")
        new.chmod(0o644)
        return new


def write_rules(path: Path) -> None:
    """The shipped rules, for the officer to change. Never overwrites."""
    with path.open("x", encoding="utf-8") as file:
        file.write((SHIPPED / "rules.yaml").read_text("utf-8"))
    path.chmod(0o644)


def make_key(settings: Settings) -> None:
    """A master key, unless data is there that only another one opens. Raises NotReady."""
    key = settings.storage.master_key
    if _is_there(settings) or key.with_name(key.name + ".new").exists():
        raise NotReady(
            f"{settings.storage.place} is there and {key} is not: put the key back that belongs to it, or move "
            "away what nobody needs any more"
        )
    write_master_key(key)
    write_sealing_key(settings.storage.sealing_key, key)


def check_key(settings: Settings) -> None:
    """Raises NotReady when the key that is there is wrong, or none is and none may be made."""
    if not settings.storage.master_key.exists():
        if _is_there(settings):
            make_key(settings)
    elif problem := key_file_problem(settings):
        raise NotReady(problem)


def _is_there(settings: Settings) -> bool:
    """Whether something is there that a master key belongs to. Of a server it is the key ring, which is a file."""
    place = settings.storage.place
    return place.exists() if isinstance(place, Path) else settings.storage.keyring.exists()
