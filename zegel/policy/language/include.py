"""`include:` in rules.yaml: rules and lists of other files, or those that come with Zegel, with other levels.

What the files say becomes one document, and every mistake in it is still reported in the file and at the line in which
it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zegel.policy.language.end_mark import cut_short
from zegel.yamlfile import FileProblems, Location, Marks, Problem, nearest, read

SHIPPED = Path(__file__).parents[1] / "shipped"
"""The rules that come with Zegel, and profiles of them."""
_BY_NAME = {"shipped": SHIPPED / "rules.yaml"}
_MOST_DEPTH = 5
MayRead = Callable[[Path], bool]
"""Whether a file may be read that a policy names. None of it is looked at otherwise, not even whether it is there."""


def any_file(_: Path) -> bool:
    """For who can write the file, and so reads what they name anyway."""
    return True


class MarksOfSeveral(Marks):
    """Where each value of a document stands that several files make up."""

    def __init__(self, own: Marks) -> None:
        super().__init__(own.file, None)
        self._own = own
        self._from: dict[Location, tuple[Marks, Location]] = {}

    def stands_in(self, at: Location, marks: Marks, there: Location) -> None:
        """What is at `at` in the whole stands at `there` in the file of `marks`."""
        self._from[at] = (marks, there)

    def problem(self, location: Iterable[str | int], message: str, *, of_key: bool = False) -> Problem:
        """`message` in the file that says what is at `location`."""
        path = tuple(location)
        for size in range(len(path), 0, -1):
            if path[:size] in self._from:
                marks, there = self._from[path[:size]]
                return marks.problem((*there, *path[size:]), message, of_key=of_key)
        return self._own.problem(path, message, of_key=of_key)


@dataclass(slots=True)
class Whole:
    """A document with all that it includes."""

    document: Any
    marks: Marks
    files: dict[Path, bytes]
    problems: list[Problem] = field(default_factory=list)


def read_whole(path: Path, text: str | None = None, may_read: MayRead = any_file) -> Whole:
    """The document in `path` with what it includes, if it `may_read` that; of `text`, when that is to stand there.

    Raises FileProblems when `path` is not YAML.
    """
    return _read(path, (), may_read, text)


def _read(path: Path, above: tuple[Path, ...], may_read: MayRead, text: str | None = None) -> Whole:
    document, marks = read(path, text)
    content = path.read_bytes() if text is None else text.encode()
    whole = Whole(document, marks, {path: content}, cut_short(str(path), content.decode("utf-8", "replace")))
    if not isinstance(document, dict) or not ("include" in document or "levels" in document):
        return whole
    merged: dict[str, Any] = {}
    places = MarksOfSeveral(marks)
    for at, other in _others(document, path, (*above, path.resolve()), whole):
        if not may_read(other):
            whole.problems.append(marks.problem(at, not_named(other)))
            continue
        try:
            _add(merged, places, _read(other, (*above, path.resolve()), may_read), whole)
        except FileProblems as refused:
            if any(problem.line == 0 for problem in refused.problems):
                whole.problems.append(marks.problem(at, f"there is no file {other}; create it, or correct the name"))
            else:
                whole.problems += refused.problems
    own = Whole({key: value for key, value in document.items() if key != "levels"}, marks, {})
    _change_levels(merged, document.get("levels"), marks, whole)
    _add(merged, places, own, whole)
    whole.document, whole.marks = merged, places
    return whole


def not_named(path: Path) -> str:
    """What is said of a file that a policy may not read."""
    return f"{path} is not named in the file yet; have an administrator name it there, by hand"


def _others(document: dict[str, Any], path: Path, open_: tuple[Path, ...], whole: Whole) -> list[tuple[Location, Path]]:
    """The files that are included, each with the place that says so."""
    raw = document.get("include")
    several = raw if isinstance(raw, list) else [raw] if raw is not None else []
    found: list[tuple[Location, Path]] = []
    for place, name in enumerate(several):
        at: Location = ("include", place) if isinstance(raw, list) else ("include",)
        if not isinstance(name, str):
            continue  # the section says so
        if "." not in name and name not in _BY_NAME and (meant := nearest(name, _BY_NAME)):
            whole.problems.append(whole.marks.problem(at, f"there is nothing called '{name}'{meant}"))
            continue
        other = _BY_NAME.get(name, path.parent / name)
        if other.resolve() in open_:
            whole.problems.append(whole.marks.problem(at, f"'{name}' includes itself; take one 'include' away"))
        elif len(open_) > _MOST_DEPTH:
            whole.problems.append(
                whole.marks.problem(at, f"more than {_MOST_DEPTH} files inside each other; make it simpler")
            )
        else:
            found.append((at, other))
    return found


def _add(merged: dict[str, Any], places: MarksOfSeveral, more: Whole, whole: Whole) -> None:
    """Put what `more` says into `merged`: rules behind those there, lists beside them, all else instead."""
    whole.files.update(more.files)
    whole.problems += more.problems
    if not isinstance(more.document, dict):
        whole.problems.append(more.marks.problem((), "the file holds no policy; start it with 'version: 1'"))
        return
    for key, value in more.document.items():
        if key == "rules" and isinstance(value, list) and isinstance(merged.get("rules", []), list):
            rules = merged.setdefault("rules", [])
            for place, rule in enumerate(value):
                places.stands_in(("rules", len(rules)), more.marks, ("rules", place))
                rules.append(rule)
        elif key == "rules" and value is None and "rules" in merged:
            continue  # none of its own below what it includes
        elif key == "lists" and isinstance(value, dict) and isinstance(merged.get("lists", {}), dict):
            for name, words in value.items():
                places.stands_in(("lists", name), more.marks, ("lists", name))
                merged.setdefault("lists", {})[name] = _with_folder(words, Path(more.marks.file).parent)
        else:
            places.stands_in((key,), more.marks, (key,))
            merged[key] = value


def _with_folder(words: Any, folder: Path) -> Any:
    """A list whose file is found from wherever it is included."""
    if isinstance(words, dict) and isinstance(words.get("file"), str):
        return {**words, "file": str(folder / words["file"])}
    return words


def _change_levels(merged: dict[str, Any], levels: Any, marks: Marks, whole: Whole) -> None:
    """Give the included rules the levels that `levels` says, and take away those that are off."""
    if levels is None:
        return
    if not isinstance(levels, dict):
        whole.problems.append(marks.problem(("levels",), "'levels' has to hold ids of rules, each with its level"))
        return
    rules = [rule for rule in merged.get("rules", ()) if isinstance(rule, dict)]
    known = {str(rule.get("id")): rule for rule in rules}
    for name, level in levels.items():
        at: Location = ("levels", name)
        if name not in known:
            hint = nearest(str(name), known) or "; include the file with the rule, or correct the id"
            whole.problems.append(
                marks.problem(at, f"there is no rule '{name}' in what is included{hint}", of_key=True)
            )
        elif level is False or level == "off":
            known[name]["level"] = "off"
        elif isinstance(level, bool) or level not in (0, 1, 2):
            whole.problems.append(marks.problem(at, f"the level of '{name}' has to be one of: 0, 1, 2, off"))
        else:
            known[name]["level"] = level
