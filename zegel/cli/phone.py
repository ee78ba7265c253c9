"""`zegel phone`: the numbers that codes go to."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from zegel.core import Core, open_core
from zegel.mail.addresses import identity
from zegel.notices.number_problems import reason
from zegel.recipients.phone_numbers import Wrong, masked, parse, region_of
from zegel.recipients.phonebook import ADMINISTRATOR, Entry
from zegel.settings.model import Settings
from zegel.startup import CONFIG_OPTION, settings_or_exit

COLUMNS = ("address", "number", "given_by", "given_at", "used_at")
"""Of `export`; `import` needs the first two and ignores the rest."""
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_MOST = 100_000


@click.group()
def phone() -> None:
    """The mobile numbers of recipients, for the codes of level 2."""


@phone.command("list", epilog="Example: zegel phone list")
@CONFIG_OPTION
def list_(config: str | None) -> None:
    """One line a recipient: address, number (masked), who gave it, when it was given and last used."""
    with closing(_core(config)) as core:
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
    with closing(_core(config)) as core:
        found = _checked(core.settings, address, number, country)
        if isinstance(found, str):
            raise click.ClickException(found)
        released = core.phonebook.give(*found, ADMINISTRATOR)
    print(f"{found[0]}: {masked(found[1])}; {len(released)} messages sent that waited for it")


@phone.command(epilog="Example: zegel phone forget jan@post.example")
@CONFIG_OPTION
@click.argument("address")
def forget(config: str | None, address: str) -> None:
    """Removes the number of ADDRESS; the next sender is asked for it."""
    with closing(_core(config)) as core:
        if not core.phonebook.forget(address, ADMINISTRATOR):
            raise click.ClickException(f"no number is known for {address}; see zegel phone list")
    print(f"the number of {address} is forgotten")


@phone.command("import", epilog="Example: zegel phone import numbers.csv")
@CONFIG_OPTION
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def import_(config: str | None, file: Path) -> None:
    """Stores the numbers of FILE: CSV with the columns address and number. Nothing when a line is wrong."""
    with closing(_core(config)) as core:
        numbers, problems = _read(core.settings, file)
        if problems:
            for problem in problems:
                print(problem, file=sys.stderr)
            raise click.ClickException(f"{len(problems)} lines are wrong, so nothing was imported")
        released = core.phonebook.give_all(numbers, ADMINISTRATOR)
    print(f"{len(numbers)} numbers imported; {len(released)} messages sent that waited for them")


@phone.command(epilog="Example: zegel phone export > numbers.csv")
@CONFIG_OPTION
def export(config: str | None) -> None:
    """The whole phone book as CSV, numbers in full. Mind where it goes."""
    with closing(_core(config)) as core:
        _write(core.phonebook.entries())


def _core(config: str | None) -> Core:
    return open_core(settings_or_exit(config))


def _checked(settings: Settings, address: str, number: str, country: str | None = None) -> tuple[str, str] | str:
    """The address in its normal form and the number as E.164, or what is wrong with them."""
    who = address_or_none(address)
    if who is None:
        return f"'{address}' is not a mail address"
    allowed = settings.phones.allowed
    region = (country or "").upper() or region_of(address, allowed, settings.phones.country)
    found = parse(number, region, allowed)
    if isinstance(found, Wrong):
        return f"{address}: {reason(found, 'en', allowed)}"
    return who, found


def address_or_none(text: str) -> str | None:
    """A mail address in its normal form; None for what is none."""
    return identity(text).text if _ADDRESS.fullmatch(text.strip()) else None


def _read(settings: Settings, file: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """The numbers in a CSV file, and every problem in it."""
    rows = csv_rows(file, ("address", "number"))
    if isinstance(rows, str):
        return [], [rows]
    numbers: dict[str, str] = {}
    problems = []
    for line, row in rows:
        place = f"{file}:{line}"
        checked = _checked(settings, row["address"], row["number"])
        if isinstance(checked, str):
            problems.append(f"{place}: {checked}")
        elif checked[0] in numbers:
            problems.append(f"{place}: {checked[0]} stands in the file twice")
        else:
            numbers[checked[0]] = checked[1]
        if line > _MOST:
            return [], [f"{file}: more than {_MOST} lines; import it in parts"]
    return list(numbers.items()), problems


def csv_rows(file: Path, needed: tuple[str, str]) -> list[tuple[int, dict[str, str]]] | str:
    """The lines of a CSV file (comma or semicolon, with or without a byte-order mark) with their numbers, by the names
    of the columns in small letters; or what is wrong with all of it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return f"{file}: not UTF-8; save the file as CSV in UTF-8"
    delimiter = ";" if text.partition("\n")[0].count(";") else ","
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter)
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    if not set(needed) <= set(names):
        return f"{file}:1: the first line has to name the columns {needed[0]} and {needed[1]}"
    return [(rows.line_num, {short: row[name] or "" for short, name in names.items()}) for row in rows]


def _write(entries: Iterable[Entry]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for entry in entries:
        table.writerow([entry.address, entry.number, entry.given_by, _moment(entry.given_at), _moment(entry.used_at)])


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: float) -> str:
    return _moment(at)[:10]
