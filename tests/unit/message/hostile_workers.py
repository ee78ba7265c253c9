"""The server of the workers, as it is, with workers that somebody else has come to rule.

The name of a document says what its worker does in place of reading it: a word of `WORKS`, or "tries" with an act and
its arguments, between `|`. "{server}" in an argument is the process that the worker was forked from.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.message.forbidden_acts import what_comes_of
from zegel.message.fork_words import DONE
from zegel.message.worker_answer import read_task

Work = Callable[[int, int], bytes]
_HONEST: dict[str, Any] = {
    "texts": [["attachments", "2", "", 5]],
    "files": [["2", "a.pdf", "application/pdf", 9, []]],
    "unreadable": [],
    "left": [10, 5, 1.5],
}


def hang(asked: int, answer: int) -> bytes:
    """Never comes back."""
    time.sleep(600)
    return DONE


def crash(asked: int, answer: int) -> bytes:
    """Dies, as a library written in C does."""
    ctypes.string_at(0)
    return DONE


def slow(asked: int, answer: int) -> bytes:
    """Needs most of its time."""
    time.sleep(0.7)
    return honest(asked, answer)


def honest(asked: int, answer: int) -> bytes:
    """Answers as a worker does."""
    return _answer(answer, _HONEST, b"texts")


def says(word: bytes) -> Work:
    return lambda asked, answer: word


def writes(index: object, texts: bytes = b"texts", size: int | None = None) -> Work:
    """Answers with this index: JSON, or what passes for it."""
    return lambda asked, answer: _answer(answer, index, texts, size)


def _answer(answer: int, index: object, texts: bytes, size: int | None = None) -> bytes:
    packed = index if isinstance(index, bytes) else json.dumps(index).encode()
    os.write(answer, (len(packed) if size is None else size).to_bytes(8, "big") + packed + texts)
    return DONE


def _short(asked: int, answer: int) -> bytes:
    os.write(answer, b"\0\0")
    return DONE


def but(**changes: object) -> dict[str, Any]:
    return {**_HONEST, **changes}


def keeps_it_mapped(asked: int, answer: int) -> bytes:
    """Could change the answer while the milter reads it."""
    honest(asked, answer)
    mapped = mmap.mmap(answer, 0)
    if not os.fork():
        time.sleep(3)
        mapped[0] = 9
        os._exit(0)
    return DONE


def shortens(asked: int, answer: int) -> bytes:
    """Shortens the answer again and again, while the milter reads it."""
    os.ftruncate(answer, 100_000_000)
    honest(asked, answer)
    if not os.fork():
        with contextlib.suppress(OSError):
            end = time.monotonic() + 3
            while time.monotonic() < end:
                os.ftruncate(answer, 0)
                os.ftruncate(answer, 100_000_000)
        os._exit(0)
    return DONE


def seals_it(asked: int, answer: int) -> bytes:
    """Forbids the milter to seal the answer."""
    honest(asked, answer)
    fcntl.fcntl(answer, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
    return DONE


def talks(asked: int, answer: int) -> bytes:
    """Says more than a word, with files of its own."""
    honest(asked, answer)
    for number in range(3, 128):
        with contextlib.suppress(OSError):
            talk = socket.socket(fileno=number)
            talk.setblocking(False)
            for _ in range(100):
                socket.send_fds(talk, [b"done" * 10_000], [asked, answer, asked])
            talk.detach()
    return DONE


def tries(asked: int, answer: int) -> bytes:
    """Does the act that is named, and says as a text what came of it."""
    outcome = what_comes_of(*read_task(asked)[0]["name"].split("|")[1:])
    return _answer(answer, but(texts=[["attachments", "2", "", len(outcome)]]), outcome.encode())


WORKS: dict[str, Work] = {
    "hang": hang,
    "crash": crash,
    "slow": slow,
    "honest": honest,
    "tries": tries,
    "keeps it mapped": keeps_it_mapped,
    "shortens": shortens,
    "seals it": seals_it,
    "talks": talks,
    "ends": lambda asked, answer: os._exit(0),
    "says nothing": says(b""),
    "says another word": says(b"encrypted"),
    "says done without an answer": says(DONE),
    "a short answer": _short,
    "an index without end": writes(b"{}", size=2**63),
    "an index that is not there": writes(b"{}", size=1000),
    "an index of zeros": writes(b"", b"", 100_000_000),
    "no JSON": writes(b"found nothing"),
    "half of JSON": writes(b'{"texts": [], "fil'),
    "JSON that is too deep": writes(b"[" * 200_000),
    "JSON of another shape": writes([1, 2, 3]),
    "no members": writes({}),
    "no UTF-8": writes(but(), b"\xff\xfe\xff\xfe\xff"),
    "more text than there is": writes(but(texts=[["attachments", "2", "", 6]])),
    "text of a negative size": writes(but(texts=[["attachments", "2", "", -1]])),
    "text of no number": writes(but(texts=[["attachments", "2", "", "5"]])),
    "text of a true size": writes(but(texts=[["attachments", "2", "", True]])),
    "text of half a size": writes(but(texts=[["attachments", "2", "", 4.5]])),
    "text of the body of the mail": writes(but(texts=[["attachments", "1", "", 5]])),
    "text of a part that begins alike": writes(but(texts=[["attachments", "22:a", "", 5]])),
    "a file of another part": writes(but(files=[["1", "a.pdf", "application/pdf", 9, []]])),
    "another part is unreadable": writes(but(unreadable=[["3", "a.pdf", "encrypted"]])),
    "text in a place that is none": writes(but(texts=[["nowhere", "2", "", 5]])),
    "a place that is a list": writes(but(texts=[[["body"], "2", "", 5]])),
    "half a character": writes(but(files=[["2", "\ud800", "application/pdf", 9, []]])),
    "a name that is a number": writes(but(files=[["2", 7, "application/pdf", 9, []]])),
    "a size over all sizes": writes(but(files=[["2", "a", "application/pdf", 2**70, []]])),
    "a negative size": writes(but(files=[["2", "a", "application/pdf", -1, []]])),
    "a number of 5000 digits": writes(b'{"left":[' + b"9" * 5000 + b'],"texts":[]}'),
    "properties that are pairs of three": writes(but(files=[["2", "a", "x", 1, [["a", "b", "c"]]]])),
    "an unknown kind": writes(but(unreadable=[["2", "a", "fine"]])),
    "more bytes left than there were": writes(but(left=[1001, 5, 1.5])),
    "more members left than there were": writes(but(left=[10, 11, 1.5])),
    "less than nothing left": writes(but(left=[-1, 5, 1.5])),
    "more time for pictures than there was": writes(but(left=[10, 5, 2.5])),
    "no number of seconds": writes(but(left=[10, 5, float("nan")])),
    "seconds without end": writes(but(left=[10, 5, float("inf")])),
    "seconds that grow too large": writes(b'{"texts":[],"files":[],"unreadable":[],"left":[10,5,1e999]}'),
    "no time for pictures": writes(but(left=[10, 5, None])),
    "bytes in floats": writes(but(left=[1e3, 5, 1.5])),
}  # fmt: skip
HARMLESS = ("hang", "crash", "slow", "honest", "tries")
LIES = tuple(name for name in WORKS if name not in HARMLESS)


def work(asked: int, answer: int) -> bytes:
    """What a worker of this server does."""
    return WORKS[read_task(asked)[0]["name"].split("|")[0]](asked, answer)


_ROOT = str(Path(__file__).parents[3])
_SERVER = f"""
import sys
sys.path.append({_ROOT!r})
from tests.unit.message.hostile_workers import work
from zegel.message import fork_server
sys.path.remove({_ROOT!r})
fork_server.main(work)
"""
COMMAND = (sys.executable, "-I", "-c", _SERVER)
"""How this server is started."""
