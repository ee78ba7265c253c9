"""The word lists of one policy: its own, from rules.yaml and from files beside it, and those that ship."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from zegel.policy.language.include import MayRead, any_file, not_named
from zegel.policy.language.section_reader import Reading
from zegel.policy.language.sections import ListSection
from zegel.policy.search.words import MAX_FILE, SHIPPED, WordError, WordList, entry, read_lines, shipped_names, unique
from zegel.yamlfile import Location, Problem, nearest


class ListBook:
    """Finds a word list by name; notes every mistake in the lists in `reading`."""

    def __init__(self, reading: Reading, folder: Path, may_read: MayRead = any_file) -> None:
        self._reading = reading
        self._folder = folder
        self._may_read = may_read
        raw = reading.document.get("lists")
        self._raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self._shipped = shipped_names()
        self._known: dict[str, WordList | None] = {}
        self._open: list[str] = []
        self.files: dict[Path, bytes] = {}
        """Every list file beside rules.yaml that was read."""
        for name in self._raw:
            self._check_name(name)
            self.named(name, ("lists", name))

    def _check_name(self, name: Any) -> None:
        at = ("lists", name)
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name):
            message = f"'{name}' cannot be the name of a list; use small letters, digits and hyphens"
            self._reading.problem(at, message, of_key=True)
        elif name in self._shipped:
            message = f"'{name}' is a list that comes with Zegel; choose another name, and include: {name} in it"
            self._reading.problem(at, message, of_key=True)

    def words(self, written: Any, at: Location) -> WordList | None:
        """The list that `words:` means: the name of a list, or the words themselves."""
        if isinstance(written, str):
            return self.named(written, at)
        return self._usable(WordList("", self._inline(written, at)), at, written)

    def named(self, name: str, at: Location) -> WordList | None:
        """The list called `name`; None after noting what is wrong."""
        if name in self._known:
            return self._known[name]
        if name in self._open:
            self._reading.problem(at, f"the list '{name}' includes itself; take one 'include' away")
            return None
        if name in self._raw:
            self._open.append(name)
            words = self._own(name)
            self._open.pop()
        elif name in self._shipped:
            words = self._shipped_list(name)
        else:
            hint = nearest(name, [*map(str, self._raw), *self._shipped])
            hint = hint or f"; put it under 'lists:', or write one word as [{name}]"
            self._reading.problem(at, f"there is no list '{name}'{hint}")
            return None
        self._known[name] = words
        return words

    def addresses(self, written: Any) -> Any:
        """`written`, addresses and domains, with the names of lists among them replaced by what is in these."""
        if isinstance(written, str):
            written = [written]
        if not isinstance(written, list | tuple):
            return written
        return [one for name in written for one in (self._addresses_in(name) or [name])]

    def _addresses_in(self, name: Any) -> tuple[str, ...]:
        if not isinstance(name, str) or re.search("[.@]", name) or not (name in self._raw or name in self._shipped):
            return ()
        words = self.named(name, ("lists", name))
        return words.entries if words else ()

    def _shipped_list(self, name: str) -> WordList:
        text = (SHIPPED / f"{name}.txt").read_text(encoding="utf-8")
        return WordList(name, unique(entry(written) for _, written in read_lines(text)))

    def _own(self, name: str) -> WordList | None:
        raw, at, before = self._raw[name], ("lists", name), len(self._reading.problems)
        if not isinstance(raw, dict):
            return self._usable(WordList(name, self._inline(raw, at)), at, raw)
        section = self._reading.section(ListSection, raw, at)
        if section is None:
            return None
        entries = list(self._inline(section.words, (*at, "words"))) if section.words is not None else []
        if section.file is not None:
            entries += self._from_file(section.file, (*at, "file"))
        for place, other in enumerate(section.include or ()):
            included = self.named(other, (*at, "include", place))
            entries += included.entries if included else ()
        wrong = len(self._reading.problems) > before
        return self._usable(WordList(name, unique(entries)), at, None if wrong else raw)

    def _usable(self, words: WordList, at: Location, raw: Any) -> WordList | None:
        """`words`, unless there is nothing in it; that is worth a word only when nothing else was wrong."""
        if words.entries:
            return words
        if raw is not None and (isinstance(raw, dict) or raw == []):
            self._reading.problem(at, "there are no words in this list, so it can never match; write some")
        return None

    def _inline(self, raw: Any, at: Location) -> tuple[str, ...]:
        if isinstance(raw, str):
            raw = [raw]
        if not isinstance(raw, list | tuple):
            message = "words have to be a list; write [one, two], or one below the other with a dash each"
            self._reading.problem(at, message)
            return ()
        entries = []
        for place, written in enumerate(raw):
            if not isinstance(written, str):
                self._reading.problem((*at, place), f"'{written}' is not text here; put quotes around it")
                continue
            if written in self._shipped or (written in self._raw and re.search(r"[.-]", written)):
                message = f"'{written}' is the name of a list, and as a word it fits nothing; write it without [ ]"
                self._reading.problem((*at, place), f"{message}, or put it under 'include:' of a list")
                continue
            try:
                entries.append(entry(written))
            except WordError as error:
                self._reading.problem((*at, place), str(error))
        return unique(entries)

    def _from_file(self, written: str, at: Location) -> list[str]:
        path = self._folder / written
        if not self._may_read(path):
            self._reading.problem(at, not_named(path))
            return []
        try:
            data = path.read_bytes()
            if len(data) > MAX_FILE:
                self._reading.problem(at, f"the list {path} is larger than {MAX_FILE // 10**6} MB; make it shorter")
                return []
            text = data.decode("utf-8-sig")
        except FileNotFoundError:
            self._reading.problem(at, f"there is no file {path}; create it, or correct the name")
            return []
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self._reading.problems.append(Problem(str(path), line, 1, "not UTF-8; save the file as UTF-8"))
            return []
        except OSError as error:
            self._reading.problem(at, f"the list {path} cannot be read: {error.strerror}; correct that")
            return []
        self.files[path] = data
        entries = []
        for line, words in read_lines(text):
            try:
                entries.append(entry(words))
            except WordError as error:
                self._reading.problems.append(Problem(str(path), line, 1, str(error)))
        return entries
