"""Cases that people wrote by hand: mails with the level that they have to get, and how the shipped rules judge them.

A file of `offices/` or `cases/` holds blocks. Each has a head (`level`, 0 when left out, `kind`, `language`,
`subject`), the text, and attachments after lines `--- name`. `{bsn}`, `{nine}`, `{iban}`, `{card}` and `{sixteen}`
stand for numbers with right check digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from random import Random

from tests.quality import numbers

HERE = Path(__file__).parent
_HOLE = re.compile(r"\{(bsn|nine|iban|card|sixteen|three)\}")


@dataclass(frozen=True, slots=True)
class Made:
    """A mail, and what has to happen to it."""

    name: str
    kind: str
    """What it is about, for the table."""
    format: str
    """What the sensitive part is written in: text, html, csv, …"""
    language: str
    level: int
    raw: bytes


def written(folder: str) -> Iterator[Made]:
    """Every case in the files of `folder`, with the same numbers each time."""
    for path in sorted((HERE / folder).glob("*.txt")):
        blocks = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).split("\n=====\n")
        for number, block in enumerate(blocks, 1):
            yield _case(f"{path.stem}-{number}", block.strip("\n"))


def _case(name: str, block: str) -> Made:
    chance = Random(name)
    head, _, rest = _HOLE.sub(lambda hole: drawn(chance, hole[1]), block).partition("\n\n")
    keys = dict(re.findall(r"^(\w+): *(.*)$", head, re.MULTILINE))
    body, *pieces = re.split(r"^--- (.+)$", rest, flags=re.MULTILINE)
    files = [(name, text.strip("\n")) for name, text in zip(pieces[::2], pieces[1::2], strict=True)]
    form = files[0][0].rpartition(".")[2] if files else "text"
    raw = mail(keys["subject"], body.strip("\n"), files)
    return Made(name, keys["kind"], form, keys.get("language", "nl"), int(keys.get("level", "0")), raw)


def drawn(chance: Random, kind: str) -> str:
    """A number of `kind`."""
    match kind:
        case "bsn" | "nine":
            return numbers.bsn(chance)
        case "iban":
            return numbers.iban(chance)
        case "three":
            return f"{chance.randrange(1000):03}"
    return numbers.card(chance)


def mail(subject: str, body: str, files: Iterable[tuple[str, str]] = ()) -> bytes:
    """The mail as bytes, with files of text."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Anna Vermeer <anna@kliniek.example>", "jan@post.example"
    message["Subject"] = subject
    message.set_content(body)
    for name, text in files:
        message.add_attachment(text.encode(), "text", "csv" if name.endswith(".csv") else "plain", filename=name)
    return message.as_bytes()
