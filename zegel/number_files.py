"""Mobile numbers as an administrator or officer gives them: one, or a CSV file of many, and what is wrong with them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zegel.csv_cells import unguarded
from zegel.mail.addresses import identity
from zegel.notices.number_problems import reason
from zegel.recipients.phone_numbers import Wrong, parse, region_of
from zegel.settings.model import Settings

NUMBERS_MOST = 100_000
"""Lines of a file."""
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_LONGEST = 320
_SHOWN = 60

Kind = Literal["encoding", "csv", "columns", "many", "address", "twice", "number"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line, or from it on with the file; `words` say it of a number, in a language."""

    line: int
    kind: Kind
    address: str = ""
    words: str = ""
    agree: bool = False
    """Whether it is a landline number, and a code can be agreed on instead."""


def address_or_none(text: str) -> str | None:
    """A mail address in its normal form; None for what is none."""
    plain = text.strip()
    return identity(plain).text if len(plain) <= _LONGEST and _ADDRESS.fullmatch(plain) else None


def checked(
    settings: Settings, address: str, number: str, language: str = "en", country: str = "", line: int = 0
) -> tuple[str, str] | Problem:
    """The address in its normal form and the number as E.164, or what is wrong with them."""
    who = address_or_none(address)
    if who is None:
        return Problem(line, "address", address[:_SHOWN])
    allowed = settings.phones.allowed
    region = country.upper() or region_of(who, allowed, settings.phones.country)
    found = parse(number, region, allowed, settings.sms.calls)
    if isinstance(found, Wrong):
        agree = found.kind in ("landline", "uncalled") and settings.phones.agreed_codes
        return Problem(line, "number", address.strip(), reason(found, language, allowed), agree)
    return who, found


def read_numbers(
    settings: Settings, data: bytes, language: str = "en", most: int = NUMBERS_MOST
) -> tuple[list[tuple[str, str]], list[Problem]]:
    """The numbers in a CSV file, and every problem in it."""
    rows = csv_rows(data, ("address", "number"), most)
    if isinstance(rows, Problem):
        return [], [rows]
    numbers: dict[str, str] = {}
    problems = []
    for line, row in rows:
        found = checked(settings, unguarded(row["address"]), unguarded(row["number"]), language, line=line)
        if isinstance(found, Problem):
            problems.append(found)
        elif found[0] in numbers:
            problems.append(Problem(line, "twice", found[0]))
        else:
            numbers[found[0]] = found[1]
    return list(numbers.items()), problems


def csv_rows(data: bytes, needed: Sequence[str], most: int) -> list[tuple[int, Mapping[str, str]]] | Problem:
    """The lines of a CSV file (comma or semicolon, with or without a byte-order mark) with their numbers, by the names
    of the columns in small letters; or what is wrong with all of it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Problem(0, "encoding")
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(lines, delimiter=delimiter)
    try:
        names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        if not set(needed) <= set(names):
            return Problem(1, "columns")
        rows: list[tuple[int, Mapping[str, str]]] = []
        for row in reader:
            if len(rows) == most:
                return Problem(reader.line_num, "many")
            rows.append((reader.line_num, {short: row[name] or "" for short, name in names.items()}))
    except csv.Error:
        return Problem(reader.line_num, "csv")
    return rows
