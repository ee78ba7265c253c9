"""`zegel code`: the codes that were agreed on with recipients who have no mobile phone."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from zegel.cli.phone import all_or_nothing, core_of, day, said
from zegel.number_files import Problem, address_or_none, csv_rows
from zegel.recipients.agreed_text import CodeProblem, code_problem
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.settings.model import Settings
from zegel.startup import CONFIG_OPTION
from zegel.unlock.agreed_codes import new_code

_MOST = 5_000
"""Lines of a file: each code takes 50 ms to hash."""
_WRONG: dict[CodeProblem, str] = {
    "empty": "the code is empty",
    "short": "the code is too short: it needs 8 letters or digits",
    "long": "the code is too long: it can have 64 letters and digits",
    "weak": "the code is easy to guess: two words and some digits will do, names, dates and years will not",
    "question": "the question is too short",
    "question long": "the question is too long: it can have 150 characters",
    "told": "the question contains its answer",
}


@click.group()
def code() -> None:
    """The codes that senders and recipients agreed on: level 2 without a mobile phone."""


@code.command("list", epilog="Example: zegel code list")
@CONFIG_OPTION
def list_(config: str | None) -> None:
    """One line a recipient: address, code or question, who set it, when, when it was last used, and "locked" if so."""
    with closing(core_of(config)) as core:
        entries = list(core.agreed_codes.entries())
    for entry in entries:
        kind = "question" if entry.question else "code"
        facts = [entry.address, kind, entry.given_by, day(entry.given_at), day(entry.used_at)]
        print("  ".join([*facts, "locked"] if entry.locked_at else facts))
    print(f"{len(entries)} codes")


@code.command("set", epilog="Example: zegel code set jan@post.example")
@CONFIG_OPTION
@click.option("--question", default="", help="What the code answers; the recipient reads it on the page.")
@click.argument("address")
def set_(config: str | None, question: str, address: str) -> None:
    """Sets the code of ADDRESS and sends what waits for it. The code is asked for, or read from standard input."""
    if sys.stdin.isatty():
        typed = click.prompt("Code", hide_input=True, confirmation_prompt=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    with closing(core_of(config)) as core:
        who = address_or_none(address)
        if who is None:
            raise click.ClickException(f"'{address}' is not a mail address")
        if problem := code_problem(typed, question, _known(core.settings, who)):
            raise click.ClickException(_WRONG[problem])
        released = core.agreed_codes.agree(who, new_code(typed, question), ADMINISTRATOR)
        has_number = core.phonebook.number(who) is not None
    print(f"{who}: code set; {len(released)} messages sent that waited for it")
    if has_number:
        print(f"codes to the telephone go on while a number is known: zegel phone forget {who}")


@code.command(epilog="Example: zegel code forget jan@post.example")
@CONFIG_OPTION
@click.argument("address")
def forget(config: str | None, address: str) -> None:
    """Withdraws the code of ADDRESS; what it opened is closed, and senders are told."""
    with closing(core_of(config)) as core:
        if not core.agreed_codes.withdraw(address, ADMINISTRATOR):
            raise click.ClickException(f"no code is agreed on with {address}; see zegel code list")
    print(f"the code of {address} is forgotten")


@code.command(epilog="Example: zegel code unblock jan@post.example")
@CONFIG_OPTION
@click.argument("address")
def unblock(config: str | None, address: str) -> None:
    """Lets ADDRESS try again after ten wrong tries; a sender can do it too, on the page of the message."""
    with closing(core_of(config)) as core:
        if not core.agreed_codes.unblock(address, ADMINISTRATOR):
            raise click.ClickException(f"the code of {address} is not locked; see zegel code list")
    print(f"{address} can try again")


@code.command("import", epilog="Example: zegel code import codes.csv")
@CONFIG_OPTION
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def import_(config: str | None, file: Path) -> None:
    """Sets the codes of FILE: CSV with the columns address and code, and question if you like. Nothing when a line is
    wrong. Numbers that are known stay, and come first."""
    with closing(core_of(config)) as core:
        codes, problems = _read(core.settings, file)
        all_or_nothing(problems)
        hashed = [(address, new_code(typed, question)) for address, (typed, question) in codes.items()]
        released = core.agreed_codes.agree_all(hashed, ADMINISTRATOR)
    print(f"{len(hashed)} codes imported; {len(released)} messages sent that waited for them")


def _known(settings: Settings, address: str) -> tuple[str, ...]:
    return address, settings.organisation.name, settings.portal.url


def _read(settings: Settings, file: Path) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """The codes in a CSV file by address, each with its question, and every problem in it. No problem has a code."""
    rows = csv_rows(file.read_bytes(), ("address", "code"), _MOST)
    if isinstance(rows, Problem):
        return {}, [said(rows, file, "code")]
    codes: dict[str, tuple[str, str]] = {}
    problems = []
    for line, row in rows:
        place, address = f"{file}:{line}", address_or_none(row["address"])
        question = row.get("question", "")
        if address is None:
            problems.append(f"{place}: '{row['address']}' is not a mail address")
        elif address in codes:
            problems.append(f"{place}: {address} stands in the file twice")
        elif problem := code_problem(row["code"], question, _known(settings, address)):
            problems.append(f"{place}: {address}: {_WRONG[problem]}")
        else:
            codes[address] = row["code"], question
    return codes, problems
