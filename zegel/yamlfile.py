"""YAML files that people write, read into frozen models, with every mistake at its line.

Both zegel.yaml and rules.yaml come in through `load`. A model is a pydantic class with
``extra="forbid"``; what pydantic reports is carried back to the place in the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
"""The way to a value: keys and list positions from the top of the document."""


class Strict(BaseModel):
    """What every section of a file derives from: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file; `line` and `column` count from 1, and 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    """What is wrong, then what to do."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class FileProblems(Exception):
    """A file was refused; `problems` holds every mistake, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        super().__init__("\n".join(map(str, self.problems)))


class Marks:
    """Where each value of a document stands."""

    def __init__(self, file: str, root: yaml.Node | None) -> None:
        self.file = file
        self._keys: dict[Location, yaml.Mark] = {}
        self._values: dict[Location, yaml.Mark] = {}
        if root is not None:
            self._visit(root, ())

    def _visit(self, node: yaml.Node, at: Location) -> None:
        self._values[at] = node.start_mark
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*at, key.value)
                self._keys[here] = key.start_mark
                self._visit(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._visit(value, (*at, position))

    def problem(self, location: Iterable[str | int], message: str, *, of_key: bool = False) -> Problem:
        """`message` at the deepest place of `location` that the file really has."""
        path = tuple(location)
        first, second = (self._keys, self._values) if of_key else (self._values, self._keys)
        while path and path not in first and path not in second:
            path = path[:-1]
        mark = first.get(path) or second.get(path)
        if mark is None:
            return Problem(self.file, 1, 1, message)
        return Problem(self.file, mark.line + 1, mark.column + 1, message)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when a known name is close to `name`, else nothing."""
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


MOST_BYTES = 1_000_000
"""The largest file that is read: a thousand rules with their tests. A larger one takes the parser minutes."""
_MOST_VALUES = 500_000
"""Values in a file, each counted where an alias repeats it: a few lines of aliases can stand for billions."""


def read(path: Path, text: str | None = None) -> tuple[Any, Marks]:
    """The document in `path` as plain values, with the place of each; of `text`, when that is to stand there.

    Raises FileProblems for a file that is missing, too large, not UTF-8, not YAML, or that names a key twice.
    """
    file = str(path)
    try:
        size = path.stat().st_size if text is None else len(text.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            raise FileProblems([Problem(file, 0, 0, f"{size} bytes are too many; {MOST_BYTES} are the most")])
        text = path.read_text(encoding="utf-8") if text is None else text
    except FileNotFoundError:
        raise FileProblems([Problem(file, 0, 0, "no such file; create it or give another path")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FileProblems([Problem(file, line, 1, "not UTF-8; save the file as UTF-8")]) from None
    except OSError as error:
        raise FileProblems([Problem(file, 0, 0, f"cannot be read: {error.strerror}")]) from None
    try:
        # Not the parser in C, though ten times as fast: it crashes the process at 200,000 brackets inside each other.
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is not None and _is_larger(root, _MOST_VALUES):
            raise FileProblems(
                [Problem(file, 1, 1, "aliases (*) make this file endless; write out what they stand for")]
            )
        problems = list(_wrong_keys(root, file)) if root is not None else []
        if problems:
            raise FileProblems(problems)
        marks = Marks(file, root)
        return (loader.construct_document(root) if root is not None else None), marks
    except yaml.MarkedYAMLError as error:
        raise FileProblems([_below_an_empty_list(_not_yaml(file, error), text)]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileProblems([Problem(file, 1, 1, f"not valid YAML: {error}; {_YAML_HINT}")]) from None


def _below_an_empty_list(problem: Problem, text: str) -> Problem:
    """A dash below `rules: []`: the list ends there, so it is that which has to go."""
    above = next(
        (line for line in reversed(text.splitlines()[: problem.line - 1]) if line.partition("#")[0].strip()), ""
    )
    lines = text.splitlines()[problem.line - 1 : problem.line]
    if not above.partition("#")[0].rstrip().endswith("[]") or not (lines and lines[0].lstrip().startswith("- ")):
        return problem
    message = "not valid YAML: this dash stands below a list that [] ends; take the [] in the line above away"
    return replace(problem, message=message)


def _not_yaml(file: str, error: yaml.MarkedYAMLError) -> Problem:
    """What the parser says, at its place; what is never closed is reported where it is opened, not at the end."""
    quote = bool(error.context_mark) and error.context == "while scanning a quoted scalar"
    bracket = {"while parsing a flow sequence": "[", "while parsing a flow mapping": "{"}.get(error.context or "", "")
    problem = error.problem or ""
    never = "end of stream" in problem or "<stream end>" in problem
    mark = error.context_mark if quote or (bracket and error.context_mark) else error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "'\\t'" in problem:
        return Problem(file, line, column, "not valid YAML: a tab where blanks have to be; use blanks")
    if quote:
        return Problem(file, line, column, "not valid YAML: this quote is never closed; put another behind the text")
    if bracket:
        so_far = "is never closed" if never else f"is not closed where it should be ({problem})"
        close = {"[": "]", "{": "}"}[bracket]
        message = f"not valid YAML: this {bracket} {so_far}; put a {close} behind what belongs to it"
        return Problem(file, line, column, message)
    if problem.startswith(("could not find expected ':'", "expected alphabetic")) and error.context_mark:
        # noticed only behind it, the first even a line below
        line, column = error.context_mark.line + 1, error.context_mark.column + 1
    plain = next((words for jargon, words in _IN_PLAIN_WORDS.items() if jargon in problem), f"{problem}; {_YAML_HINT}")
    return Problem(file, line, column, f"not valid YAML: {plain}")


_IN_PLAIN_WORDS = {
    "found undefined alias": "a text that begins with * or & needs quotes; put them around it",
    "but found '<block mapping start>'": "this line begins further to the right or the left than those that it belongs "
    "to; give it as many blanks in front as they have",
    "but found '<block sequence start>'": "this dash stands further to the right or the left than those that it "
    "belongs to; give it as many blanks in front as they have",
    "but found '-'": "this dash stands where a key has to be; give it as many blanks in front as the dashes that it "
    "belongs to",
    "but found '<scalar>'": "this text cannot stand here; look at the quotes on this line and the one above: each text "
    'has two, and inside of it a quote is written as \\"',
    "mapping values are not allowed here": "no key can stand here; give this line as many blanks in front as the one "
    "above, or put quotes around a text with ': ' in it",
    "could not find expected ':'": "a colon with a blank behind it is missing here; write 'key: value'",
    "expected alphabetic or numeric character": "a text that begins with * or & needs quotes; put them around it",
    "found character '%'": "a text that begins with % needs quotes; put them around it",
    "found character '@'": "a text that begins with @ needs quotes; put them around it",
    "found character '`'": "a text that begins with ` needs quotes; put them around it",
}
"""What the parser says of the usual mistakes, for people."""
_YAML_HINT = "check the indentation and put quotes around text with special characters"


def _new_entry(node: yaml.MappingNode) -> str:
    """What else the second of a key may mean, where entries of a list have an id."""
    ids = sum(isinstance(key, yaml.ScalarNode) and key.value == "id" for key, _ in node.value)
    return ", or put '- ' before the first key of a new entry" if ids > 1 else ""


def _is_larger(root: yaml.Node, most: int) -> bool:
    """Whether more than `most` nodes are met from `root`. Never walks further than that."""
    count, open_ = 0, [root]
    while open_:
        node = open_.pop()
        count += 1
        if isinstance(node, yaml.MappingNode):
            open_.extend(each for pair in node.value for each in pair)
        elif isinstance(node, yaml.SequenceNode):
            open_.extend(node.value)
        if count + len(open_) > most:
            return True
    return False


def _wrong_keys(node: yaml.Node, file: str) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    mark = key.start_mark
                    message = f"the key '{key.value}' stands here a second time; keep one{_new_entry(node)}"
                    yield Problem(file, mark.line + 1, mark.column + 1, message)
                seen.add(key.value)
            else:
                mark = key.start_mark
                yield Problem(file, mark.line + 1, mark.column + 1, "a list or a section cannot be a key; write a word")
            yield from _wrong_keys(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _wrong_keys(value, file)


def load(path: Path, model: type[Model]) -> tuple[Model, Marks]:
    """The document in `path` as a `model`, with the place of each value for later checks.

    Raises FileProblems that holds every mistake, not just the first.
    """
    document, marks = read(path)
    if document is None:
        document = {}
    try:
        return model.model_validate(document, context={"folder": path.parent}), marks
    except ValidationError as error:
        errors = [dict(each) for each in error.errors(include_url=False)]
        found = [_explain(each, model, document, marks) for each in errors if not _follows(each, errors)]
        raise FileProblems(dict.fromkeys(found)) from None


def _follows(error: dict[str, Any], errors: list[dict[str, Any]]) -> bool:
    """Whether a list only counts as too short because entries of it are wrong, which is said already."""
    at = error["loc"]
    return error["type"] == "too_short" and any(each["loc"][:-1] == at for each in errors)


def _explain(error: dict[str, Any], model: type[BaseModel], document: Any, marks: Marks) -> Problem:
    location: Location = tuple(error["loc"])
    kind, key = error["type"], location[-1] if location else ""
    if kind == "extra_forbidden":
        hint = nearest(str(key), _known_keys(model, location[:-1]))
        return marks.problem(location, f"unknown key '{key}'{hint or '; remove it'}", of_key=True)
    if kind == "missing":
        return marks.problem(location[:-1], f"the key '{key}' is missing; add it")
    if kind in ("value_error", "assertion_error"):
        return marks.problem(location, str(error["ctx"]["error"]))
    name = ".".join(str(step) for step in location if str(step).isidentifier() or isinstance(step, int))
    return marks.problem(location, f"{name or 'the file'}: {error['msg'][0].lower()}{error['msg'][1:]}")


def _known_keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that the section of `model` at `location` has (all keys of the model when in doubt)."""
    current: Any = model
    for step in location:
        fields = getattr(current, "model_fields", None)
        if fields is None or step not in fields:
            break
        current = fields[step].annotation
    fields = getattr(current, "model_fields", None) or model.model_fields
    return [info.alias or name for name, info in fields.items()]
