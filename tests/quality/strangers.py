"""The shipped rules on texts that nobody wrote for Zegel: `python -m tests.quality.strangers FOLDER...`

The labelled corpus is our own, so its figures say little about false alarms. Any folder with documentation, source code
or saved mail will do here: each file is judged as a mail to somebody outside, and each that would be protected is
printed with its masked samples, to be looked at by a person. Exit status 1 when a file could not be judged.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tests.quality.corpus import ROOT
from zegel.errors import describe
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.settings.model import Limits

_LARGEST = 1_000_000
_HTML = (".html", ".htm", ".xhtml")
_HEAD = b"From: anna@clinic.example\r\nTo: jan@post.example\r\nSubject: a file\r\nMIME-Version: 1.0\r\n"


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


def main(folders: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    rules = load_rules(ROOT / "rules.yaml")
    reader = Reader(Limits(), workers=1)
    reader.start()
    judged = protected = failed = size = 0
    try:
        paths = list(texts(map(Path, folders)))
        for path in track(paths, "judging", console=Console(stderr=True), transient=True):
            raw = as_mail(path)
            if raw is None:
                continue
            try:
                verdict = rules.judge(reader.read(raw), sender="anna@clinic.example", recipients=["jan@post.example"])
            except Exception as error:
                console.print(f"not judged: {path}: {describe(error)}")
                failed += 1
                continue
            judged, size = judged + 1, size + len(raw)
            if verdict.level:
                protected += 1
                samples = ", ".join(dict.fromkeys(f"{each.detector} {each.sample}" for each in verdict.matches))
                console.print(f"level {verdict.level}: {path}: {samples}", markup=False)
    finally:
        reader.close()
    console.print(f"{judged} files of {size / 1e6:.0f} MB judged, {protected} would be protected")
    return 1 if failed or not judged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
