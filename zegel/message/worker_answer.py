"""What passes between the milter and a worker: a document with a task, and the answer. Both in memory files.

The milter makes both files and seals the document before a worker sees it, the answer before it reads it: from then on
nobody can shorten or change it. The answer is JSON and text. It is believed as far as a hostile document is: about
itself, within the sizes of the task, of known words and in plain numbers.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import time
from dataclasses import replace
from math import isfinite
from typing import IO, Any, NoReturn, get_args

from zegel.message.base.found import Budget, File, Found, Kind, Text, Unreadable, Where
from zegel.message.base.sandbox import LARGEST_FILE

_SEALED = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_LARGEST_INDEX = 16_000_000
"""Bytes of JSON: in the milter it takes some twenty times that while it is read."""
_LEAST_ROOM = 16_000_000
_LARGEST_NUMBER = 2**53
ENDING = 0.8
"""Part of the time after which a worker stops by itself and gives what it has; at the end it is killed."""

Task = dict[str, Any]


class Lied(Exception):
    """An answer that no worker gives which still is one."""


class TooMuch(Exception):
    """In a worker: more was found than an answer holds."""


def new_file() -> int:
    """A memory file that can be sealed. Raises OSError."""
    return os.memfd_create("zegel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def seal(file: int) -> None:
    """From now on nobody changes `file`. Raises OSError when somebody could: it is mapped for that, or sealed."""
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALED)


def task_file(data: bytes, part: str, name: str, declared: str, depth: int, asked: Found) -> int:
    """A sealed memory file: the size of the task, the task as JSON, the document. Raises OSError."""
    budget = asked.budget
    task = {
        "part": part, "name": name, "declared": declared, "depth": depth, "seconds": budget.seconds,
        "unpacked": budget.unpacked, "members": budget.members, "deepest": budget.depth, "ocr": budget.ocr,
        "passwords": asked.passwords, "largest": largest(data, budget),
    }  # fmt: skip
    packed = json.dumps(task).encode()
    file = new_file()
    try:
        with open(file, "wb", closefd=False) as writing:
            writing.write(len(packed).to_bytes(8, "big"))
            writing.write(packed)
            writing.write(data)
        seal(file)
    except BaseException:
        os.close(file)
        raise
    return file


def read_task(file: int) -> tuple[Task, bytes]:
    """In the worker: the task and the document."""
    size = int.from_bytes(os.pread(file, 8, 0), "big")
    task: Task = json.loads(os.pread(file, size, 8))
    with open(file, "rb", closefd=False) as reading:
        reading.seek(8 + size)
        return task, reading.read()


def largest(data: bytes, budget: Budget) -> int:
    """Bytes that an answer about `data` may have: texts are kept in each charset that somebody may read them in."""
    return min(8 * (len(data) + budget.unpacked) + _LEAST_ROOM, LARGEST_FILE)


def write_answer(found: Found, file: IO[bytes]) -> None:
    """In the worker: the size of the index, the index as JSON, the texts one after the other. Raises TooMuch."""
    budget = found.budget
    index = json.dumps(
        {
            "texts": [(text.where, text.part, text.place, len(text.data)) for text in found.texts],
            "files": [(each.part, each.name, each.type, each.size, each.properties) for each in found.files],
            "unreadable": [(item.part, item.name, item.kind) for item in found.unreadable],
            "left": (budget.unpacked, budget.members, budget.ocr if budget.ocr is None else max(0.0, budget.ocr)),
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")
    if len(index) > _LARGEST_INDEX:
        raise TooMuch
    file.write(len(index).to_bytes(8, "big"))
    file.write(index)
    for text in found.texts:
        file.write(text.data)


def read_answer(file: int, part: str, budget: Budget, most: int) -> Found:
    """The answer in `file` about the document at `part`, which had `budget`; it is sealed. Raises Lied.

    The budget's seconds are left as they were: the milter's own clock says what was spent.
    """
    try:
        seal(file)
        size = os.fstat(file).st_size
        if not 8 < size <= most:
            _lie("an answer of a size that none has")
        with mmap.mmap(file, size, access=mmap.ACCESS_READ) as packed, memoryview(packed) as whole:
            return _unpacked(whole, part, budget)
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Lied(type(error).__name__) from None


def _unpacked(packed: memoryview, own: str, budget: Budget) -> Found:
    index = int.from_bytes(packed[:8], "big")
    position = 8 + index
    if index > _LARGEST_INDEX or position > len(packed):
        _lie("an index that is not there")
    answer = json.loads(bytes(packed[8:position]), parse_constant=_lie)
    texts = []
    for where, part, place, size in answer["texts"]:
        end = position + _number(size, len(packed) - position)
        data = bytes(packed[position:end])
        if not data.isascii():
            data.decode("utf-8")
        texts.append(Text(_one_of(Where, where), _path(part, own), data, _text(place)))
        position = end
    unpacked, members, ocr = answer["left"]
    left = replace(budget, unpacked=_number(unpacked, budget.unpacked), members=_number(members, budget.members))
    if budget.ocr is not None:
        left.ocr = _seconds(ocr, budget.ocr)
    return Found(
        left,
        texts,
        [
            File(
                _path(part, own), _text(name), _text(kind), _number(size, _LARGEST_NUMBER),
                tuple((_text(k), _text(v)) for k, v in pairs),
            )
            for part, name, kind, size, pairs in answer["files"]
        ],
        [Unreadable(_path(part, own), _text(name), _one_of(Kind, kind)) for part, name, kind in answer["unreadable"]],
    )  # fmt: skip


def _lie(what: str) -> NoReturn:
    raise ValueError(what)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("something else than text")
    value.encode()  # half a surrogate pair is in JSON, and in no text
    return value


def _path(value: object, own: str) -> str:
    """A path in the document: a worker speaks of nothing else in the mail."""
    path = _text(value)
    if not path.startswith(own) or path[len(own) : len(own) + 1] not in ("", ":", "/", "."):
        _lie("the path of something else")
    return path


def _number(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        _lie("a number that cannot be")
    return value


def _seconds(value: object, most: float) -> float:
    if type(value) not in (int, float) or not isfinite(value) or not 0 <= value <= most:  # type: ignore[arg-type, operator]
        _lie("a time that cannot be")
    return float(value)  # type: ignore[arg-type]


def _one_of(kinds: Any, value: object) -> Any:
    if value not in get_args(kinds):
        _lie("a word that is not known")
    return value


def task_budget(task: Task) -> Budget:
    """In the worker: what may be spent on the task."""
    deadline = time.monotonic() + task["seconds"] * ENDING
    return Budget(task["unpacked"], task["members"], task["deepest"], deadline, ocr=task["ocr"])
