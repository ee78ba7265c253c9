"""The shipped rules on mails that others wrote and judged: `python -m tests.quality.blind FILE...`

Each line of a file is a mail as a JSON object; docs/quality.md has its fields. Prints recall, precision and right
levels per category, and what `zegel rules explain` says of each mail that was judged wrongly. `--rules` names other
rules than the shipped ones. Exit status 1 when a line is none of that form.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.quality.cases import Made
from tests.quality.corpus import ROOT
from tests.quality.judged import Figures, Outcome, table
from zegel.cli.explain import for_people
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules, load_rules
from zegel.policy.near_misses import near_misses
from zegel.settings.model import Limits

EXPECTED = ("sensitive", "harmless", "observe")
_FIELDS = {"id", "expect", "level", "category", "subject", "from", "to", "text", "html", "attachments", "language"}


class BadLine(ValueError):
    """A line that is no mail of this form; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A mail that somebody else wrote, and what has to happen to it."""

    made: Made
    expect: str
    """One of `EXPECTED`; "observe" is what a rule of level 0 notes."""
    sender: str
    recipients: tuple[str, ...]


def blind(path: Path) -> Iterator[Blind]:
    """The mails of a file. Raises BadLine."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if line.strip():
            try:
                yield _mail(json.loads(line), f"{path.stem}:{number}")
            except (KeyError, TypeError, AttributeError, ValueError, MessageError) as error:
                what = f"no field {error}" if isinstance(error, KeyError) else str(error)
                raise BadLine(f"{path}:{number}: {what}") from error


def _mail(fields: dict[str, Any], name: str) -> Blind:
    if unknown := set(fields) - _FIELDS:
        raise BadLine(f"unknown field {', '.join(sorted(unknown))}")
    if fields["expect"] not in EXPECTED:
        raise BadLine(f"'expect' is one of {', '.join(EXPECTED)}, not {fields['expect']!r}")
    level = int(fields.get("level", fields["expect"] == "sensitive"))
    if (level > 0) is not (fields["expect"] == "sensitive") or level not in (0, 1, 2):
        raise BadLine(f"'level' {level} does not go with '{fields['expect']}'")
    to = fields.get("to") or "jan@post.example"
    recipients = [to] if isinstance(to, str) else list(to)
    sender = fields.get("from") or "anna@kliniek.example"
    files = fields.get("attachments") or []
    raw = _message(fields, sender, recipients, files).as_bytes()
    form = files[0]["name"].rpartition(".")[2].lower() if files else "html" if fields.get("html") else "text"
    made = Made(str(fields.get("id", name)), fields["category"], form, fields.get("language", "-"), level, raw)
    return Blind(made, fields["expect"], sender.lower(), tuple(recipient.lower() for recipient in recipients))


def _message(fields: dict[str, Any], sender: str, recipients: Sequence[str], files: Sequence[Any]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, ", ".join(recipients)
    message["Subject"] = " ".join(str(fields.get("subject") or "").split())
    if fields.get("text") is not None or not fields.get("html"):
        message.set_content(fields.get("text") or "")
    if fields.get("html"):
        add = message.add_alternative if message.get_content_type() == "text/plain" else message.set_content
        add(fields["html"], subtype="html")
    for file in files:
        main, _, sub = str(file.get("type") or "application/octet-stream").partition("/")
        message.add_attachment(_content(file), main, sub or "octet-stream", filename=file["name"])
    return message


def _content(file: dict[str, Any]) -> bytes:
    if "base64" not in file:
        return str(file["text"]).encode()
    try:
        return base64.b64decode(file["base64"], validate=True)
    except binascii.Error as error:
        raise BadLine(f"attachment {file['name']}: {error}") from None


def judge(rules: Rules, reader: Reader, mails: Sequence[Blind]) -> Iterator[tuple[Blind, Outcome, bool, str]]:
    """Each mail with what the rules did, whether a rule of level 0 noted it, and the words of `explain`."""
    for one in mails:
        mail = reader.read(one.made.raw)
        case = rules.case(mail, sender=one.sender, recipients=one.recipients)
        verdict = rules.judge_case(case)
        outcome = Outcome(one.made, verdict.level, verdict.rules)
        said = for_people(one.made.name, mail, verdict, near_misses(rules, case))
        yield one, outcome, bool(verdict.observed), said


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.blind", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--rules", type=Path, default=ROOT / "rules.yaml")
    parser.add_argument("--brief", action="store_true", help="the figures only")
    asked = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False)
    try:
        mails = [one for file in asked.files for one in blind(file)]
    except BadLine as problem:
        print(problem, file=sys.stderr)
        return 1
    reader = Reader(Limits(), 1)
    try:
        reader.start()
        judged = list(judge(load_rules(asked.rules), reader, mails))
    finally:
        reader.close()
    counted = [(outcome, said) for one, outcome, _, said in judged if one.expect != "observe"]
    if not asked.brief:
        for outcome, said in counted:
            wrong = outcome.missed or outcome.false_alarm or outcome.level != outcome.made.level
            if wrong:
                what = "MISSED" if outcome.missed else "FALSE ALARM" if outcome.false_alarm else "WRONG LEVEL"
                console.print(f"{what} {outcome.made.kind}, has to be {outcome.made.level}: {said}\n")
    figures = Figures([outcome for outcome, _ in counted])
    console.print(table("Mails that others wrote", figures, lambda o: [o.made.kind]))
    seen = [(outcome, noted) for one, outcome, noted, _ in judged if one.expect == "observe"]
    if seen:
        noted = sum(noted or outcome.level > 0 for outcome, noted in seen)
        raised = sum(outcome.level > 0 for outcome, _ in seen)
        console.print(f"to be observed only: {len(seen)}, noticed {noted}, protected {raised}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
