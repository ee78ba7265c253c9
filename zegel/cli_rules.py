"""`zegel rules`: check a policy, explain what it does to a mail, show what Zegel reads."""

from __future__ import annotations

import json
import mailbox
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from zegel.message.reader import Mail, Reader
from zegel.policy.rules import Rules, load_rules
from zegel.policy.verdict import Match, Verdict
from zegel.settings import Limits
from zegel.yamlfile import FileProblems

_RULES = click.option(
    "--rules",
    "rules_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("/etc/zegel/rules.yaml"),
    show_default=True,
)
_PATHS = click.argument("mails", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
_NOBODY = "recipient@outside.invalid"


@click.group()
def rules() -> None:
    """The policy of the data-protection officer."""


@rules.command("check")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def check_(file: Path) -> None:
    """Says what is wrong in FILE, each mistake at its line, or that all is well."""
    loaded = _load(file)
    print(f"{file}: {len(loaded.rules)} rules, in order")


@rules.command()
@_RULES
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--sender", default="sender@inside.invalid", help="Judge as if this address sent it.")
@click.option("--to", "recipients", multiple=True, help="Judge as if it went to this address; may be repeated.")
@_PATHS
def explain(
    rules_file: Path, as_json: bool, sender: str, recipients: tuple[str, ...], mails: tuple[Path, ...]
) -> None:
    """What Zegel would do with MAILS (files, a Maildir, an mbox), and why."""
    loaded = _load(rules_file)
    found = [mail for path in mails for mail in _mails(path)]
    with _reader() as reader, Progress(console=Console(stderr=True), transient=True) as progress:
        for name, raw in progress.track(found, description="reading"):
            mail = reader.read(raw)
            verdict = loaded.judge(mail, sender=sender, recipients=recipients or (_NOBODY,))
            print(_as_json(name, mail, verdict) if as_json else _for_people(name, mail, verdict), flush=True)


@rules.command()
@_PATHS
def text(mails: tuple[Path, ...]) -> None:
    """The text that Zegel sees in MAILS (mails or documents), with the part each piece came from."""
    with _reader() as reader:
        for path in mails:
            content = path.read_bytes()
            mail = reader.read(content) if _is_mail(path, content) else reader.read_document(content, path.name)
            for piece in mail.texts:
                print(f"=== {path} {piece.where} {piece.part}\n{piece.content}")
            for item in mail.unreadable:
                print(f"=== {path} unreadable {item.part} {item.name}: {item.kind}")


def _load(path: Path) -> Rules:
    try:
        return load_rules(path)
    except FileProblems as problems:
        for problem in problems.problems:
            print(problem)
        raise SystemExit(1) from None


@contextmanager
def _reader() -> Iterator[Reader]:
    reader = Reader(Limits(), workers=2)
    reader.start()
    try:
        yield reader
    finally:
        reader.close()


def _mails(path: Path) -> Iterator[tuple[str, bytes]]:
    """The mails in a file, a Maildir or an mbox, each with a name."""
    if path.is_dir():
        folders = [path / "new", path / "cur"] if (path / "cur").is_dir() else [path]
        for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
            yield str(file), file.read_bytes()
    elif path.open("rb").read(5) == b"From ":
        box = mailbox.mbox(path, create=False)
        for key in box.keys():  # noqa: SIM118 (a mailbox iterates over its messages)
            yield f"{path}#{int(key) + 1}", box.get_bytes(key)
    else:
        yield str(path), path.read_bytes()


def _is_mail(path: Path, content: bytes) -> bool:
    """Mails begin with header fields; documents do not."""
    if path.suffix.lower() in (".eml", ".mbox"):
        return True
    first = content[:200].split(b"\n", 1)[0]
    name, colon, _ = first.partition(b":")
    return bool(colon) and bool(name) and all(33 <= byte < 127 for byte in name) and b"\0" not in content[:4096]


def _as_json(name: str, mail: Mail, verdict: Verdict) -> str:
    keys = ("rule", "detector", "where", "part", "sample", "count")
    return json.dumps(
        {
            "file": name,
            "level": verdict.level,
            "scope": verdict.scope,
            "matches": [{key: getattr(match, key) for key in keys} for match in verdict.matches],
            "observed": [{key: getattr(match, key) for key in keys} for match in verdict.observed],
            "activation": list(verdict.activation),
            "unreadable": [asdict(item) for item in mail.unreadable],
        },
        ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"),
    )


def _for_people(name: str, mail: Mail, verdict: Verdict) -> str:
    does = {0: "leaves as it is", 1: "is protected with a password", 2: "is protected with a code by SMS"}
    what = {"files": " (only its files)", "message": " (the whole message)"}[verdict.scope] if verdict.level else ""
    lines = [f"{name}: {does[verdict.level]}{what}"]
    for match in verdict.matches:
        lines.append(f"  rule {match.rule}: {_match_for_people(match)}")
    for word in verdict.activation:
        lines.append(f"  asked for with the word {word}")
    for match in verdict.observed:
        lines.append(f"  on trial, rule {match.rule}: {_match_for_people(match)}")
    for item in mail.unreadable:
        lines.append(f"  cannot be read: part {item.part} {item.name} ({item.kind})")
    return "\n".join(lines)


def _match_for_people(match: Match) -> str:
    return f"{match.count} x {match.detector}, {match.sample}, in {match.where} {match.part}"
