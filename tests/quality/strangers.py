"""The shipped rules on texts that nobody wrote for Zegel: `python -m tests.quality.strangers FOLDER...`

The labelled corpus is our own, so its figures say little about false alarms. Any folder with documentation, source code
or saved mail will do here: each file is judged as a mail to somebody outside, and each that would be protected is
printed with its rules and masked samples, to be looked at by a person. Equal files count once. Exit status 1 when a
file could not be judged.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Process, Queue
from pathlib import Path
from queue import Empty

from rich.console import Console
from rich.progress import Progress

from tests.quality.corpus import ROOT
from zegel.errors import describe
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.settings.model import Limits

_LARGEST = 1_000_000
_HTML = (".html", ".htm", ".xhtml")
_HEAD = b"From: anna@clinic.example\r\nTo: jan@post.example\r\nSubject: a file\r\nMIME-Version: 1.0\r\n"


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, and what the rules would do with it."""

    path: Path
    digest: bytes
    size: int
    level: int = 0
    said: str = ""
    """The rules and their masked samples."""
    failed: str = ""


def texts(folders: Iterable[Path]) -> Iterator[Path]:
    """The files that are small enough for one look, links not followed."""
    for path in sorted(each for folder in folders for each in folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
            yield path


def as_mail(path: Path) -> bytes | None:
    """A saved mail as it is, a text as the body of one; None for what is neither."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            return None
    if not data or b"\0" in data[:4096]:
        return None
    if path.suffix == ".eml":
        return data
    written = Path(path.stem) if path.suffix == ".gz" else path
    kind = b"text/html" if written.suffix in _HTML else b"text/plain"
    return _HEAD + b"Content-Type: " + kind + b"; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + data


def judged(paths: Sequence[Path], seconds: float, done: Queue[Judged | None]) -> None:
    """Judge these files, in a process of its own; None at the end."""
    until = time.monotonic() + seconds
    rules = load_rules(ROOT / "rules.yaml")
    reader = Reader(Limits(), workers=1)
    reader.start()
    try:
        for path in paths:
            if time.monotonic() > until:
                break
            raw = as_mail(path)
            if raw is None:
                continue
            one = Judged(path, hashlib.blake2b(raw).digest(), len(raw))
            try:
                verdict = rules.judge(reader.read(raw), sender="anna@clinic.example", recipients=["jan@post.example"])
            except Exception as error:
                done.put(replace(one, failed=describe(error)))
                continue
            samples = dict.fromkeys(f"{each.detector} {each.sample}" for each in verdict.matches)
            said = f"{', '.join(verdict.rules)}: {', '.join(samples)}" if verdict.level else ""
            done.put(replace(one, level=verdict.level, said=said))
    finally:
        reader.close()
        done.put(None)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.strangers", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="that judge at once")
    parser.add_argument("--seconds", type=float, default=3600, help="after which the rest is left")
    asked = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    paths = list(texts(asked.folders))
    done: Queue[Judged | None] = Queue()
    # Neighbours are alike and alike long: each process takes every so-manieth.
    shares = [paths[first :: asked.processes] for first in range(asked.processes)]
    running = [Process(target=judged, args=(share, asked.seconds, done)) for share in shares]
    for process in running:
        process.start()
    seen: dict[bytes, int] = {}
    protected = failed = size = 0
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("judging", total=len(paths))
        for one in _until_all_end(done, running):
            progress.advance(task)
            if one.failed:
                failed += 1
                console.print(f"not judged: {one.path}: {one.failed}", markup=False)
            elif one.digest not in seen:
                size += one.size
                protected += one.level > 0
                if one.level:
                    console.print(f"level {one.level}: {one.path}: {one.said}", markup=False)
            seen[one.digest] = seen.get(one.digest, 0) + 1
    alike = sum(seen.values()) - len(seen)
    console.print(
        f"{len(seen)} files of {size / 1e6:.0f} MB judged, and {alike} equal ones; {protected} would be protected"
    )
    return 1 if failed or not seen else 0


def _until_all_end(done: Queue[Judged | None], running: list[Process]) -> Iterator[Judged]:
    """What the processes judged, until each of them has ended."""
    left = len(running)
    while left:
        try:
            one = done.get(timeout=5)
        except Empty:
            if not any(process.is_alive() for process in running):
                raise SystemExit("a process that judges has died") from None
            continue
        if one is None:
            left -= 1
        else:
            yield one
    for process in running:
        process.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
