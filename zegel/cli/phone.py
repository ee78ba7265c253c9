"""`zegel phone`: the numbers that codes go to."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from zegel.core import Core, open_core
from zegel.csv_cells import cell
from zegel.number_files import Problem, checked, read_numbers
from zegel.recipients.phone_numbers import masked
from zegel.recipients.phonebook import ADMINISTRATOR, Entry
from zegel.startup import CONFIG_OPTION, settings_or_exit

COLUMNS = ("address", "number", "given_by", "given_at", "used_at")
"""Of `export`; `import` needs the first two and ignores the rest."""


@click.group()
def phone() -> None:
    """The mobile numbers of recipients, for the codes of level 2."""


@phone.command("list", epilog="Example: zegel phone list")
@CONFIG_OPTION
def list_(config: str | None) -> None:
    """One line a recipient: address, number (masked), who gave it, when it was given and last used."""
    with closing(core_of(config)) as core:
        entries = list(core.phonebook.entries())
    for entry in entries:
        facts = (entry.address, masked(entry.number), entry.given_by, day(entry.given_at), day(entry.used_at))
        print("  ".join(facts))
    print(f"{len(entries)} numbers")


@phone.command("set", epilog="Example: zegel phone set jan@post.example 0612345678 --country NL")
@CONFIG_OPTION
@click.option("--country", default=None, help="Country of a number without one, such as BE; the settings' own.")
@click.argument("address")
@click.argument("number")
def set_(config: str | None, country: str | None, address: str, number: str) -> None:
    """Stores NUMBER for ADDRESS and sends what waits for it."""
    with closing(core_of(config)) as core:
        found = checked(core.settings, address, number, country=country or "")
        if isinstance(found, Problem):
            raise click.ClickException(said(found))
        released = core.phonebook.give(*found, ADMINISTRATOR)
    print(f"{found[0]}: {masked(found[1])}; {len(released)} messages sent that waited for it")


@phone.command(epilog="Example: zegel phone forget jan@post.example")
@CONFIG_OPTION
@click.argument("address")
def forget(config: str | None, address: str) -> None:
    """Removes the number of ADDRESS; the next sender is asked for it."""
    with closing(core_of(config)) as core:
        if not core.phonebook.forget(address, ADMINISTRATOR):
            raise click.ClickException(f"no number is known for {address}; see zegel phone list")
    print(f"the number of {address} is forgotten")


@phone.command("import", epilog="Example: zegel phone import numbers.csv")
@CONFIG_OPTION
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def import_(config: str | None, file: Path) -> None:
    """Stores the numbers of FILE: CSV with the columns address and number. Nothing when a line is wrong."""
    with closing(core_of(config)) as core:
        numbers, problems = read_numbers(core.settings, file.read_bytes())
        all_or_nothing([said(problem, file) for problem in problems])
        released = core.phonebook.give_many(numbers, ADMINISTRATOR)
    print(f"{len(numbers)} numbers imported; {released} messages sent that waited for them")


@phone.command(epilog="Example: zegel phone export > numbers.csv")
@CONFIG_OPTION
def export(config: str | None) -> None:
    """The whole phone book as CSV, numbers in full. Mind where it goes."""
    with closing(core_of(config)) as core:
        _write(core.phonebook.entries())


def core_of(config: str | None) -> Core:
    """The core by the settings in `config`."""
    return open_core(settings_or_exit(config))


def all_or_nothing(problems: Sequence[str]) -> None:
    """Ends an import whose file has `problems`, after each was printed."""
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise click.ClickException(f"{len(problems)} lines are wrong, so nothing was imported")


def said(problem: Problem, file: Path | None = None, column: str = "number") -> str:
    """A problem in words, with its place in a file."""
    where = "" if file is None else f"{file}:{problem.line}: " if problem.line else f"{file}: "
    return (
        where
        + {
            "encoding": "not UTF-8; save the file as CSV in UTF-8",
            "csv": "this is no CSV",
            "columns": f"the first line has to name the columns address and {column}",
            "many": "more lines than can be read at once; import it in parts",
            "address": f"'{problem.address}' is not a mail address",
            "twice": f"{problem.address} stands in the file twice",
            "number": f"{problem.address}: {problem.words}",
        }[problem.kind]
        + (" Or agree on a code with the recipient: zegel code set ADDRESS." if problem.agree else "")
    )


def _write(entries: Iterable[Entry]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for entry in entries:
        table.writerow(
            [cell(entry.address), entry.number, cell(entry.given_by), _moment(entry.given_at), _moment(entry.used_at)]
        )


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: float) -> str:
    return _moment(at)[:10]
