"""One secret in every place of every format in every container: what the reader finds, and what it does not.

`python -m tests.quality` prints the table.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.quality import in_archives, in_legacy, in_mail, in_odf, in_ooxml, in_outlook, in_pdf, in_pictures, in_text
from tests.quality.registry import NUMBER, PLACES, SECRET, Place
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

_WRITTEN_IN = (in_archives, in_legacy, in_mail, in_odf, in_ooxml, in_outlook, in_pdf, in_pictures, in_text)
"""The modules that fill PLACES."""
FOUND = re.compile(rf"BSN\W{{0,20}}{NUMBER}|BSN\W{{0,20}}111[. ]222[. ]333")
"""The number with its word near it."""
_FROM_OFFICE = Path(__file__).with_name("from_office")


@dataclass(frozen=True, slots=True)
class Case:
    """A mail with the secret in one place."""

    format: str
    place: str
    container: str
    raw: bytes


Container = Callable[[str, bytes], bytes]


def _attached(name: str, data: bytes) -> bytes:
    return mail(text_part("see the file"), file_part(data, name))


def _in_zip(name: str, data: bytes) -> bytes:
    return _attached("files.zip", zipped({f"folder/{name}": data}))


def _in_attached_mail(name: str, data: bytes) -> bytes:
    return _attached("forward.eml", _inner(_attached(name, data)))


def _in_forwarded_mail(name: str, data: bytes) -> bytes:
    inner = _inner(_attached(name, data))
    return mail(text_part("see below"), b"Content-Type: message/rfc822\r\n\r\n" + inner)


def _in_zip_in_mail(name: str, data: bytes) -> bytes:
    return _attached("forward.eml", _inner(_in_zip(name, data)))


def _in_mail_in_zip(name: str, data: bytes) -> bytes:
    return _in_zip("forward.eml", _inner(_attached(name, data)))


def _inner(raw: bytes) -> bytes:
    """A mail that can be put into a mail with the same boundary."""
    return raw.replace(b"b-1", b"b-2")


CONTAINERS: dict[str, Container] = {
    "attached": _attached,
    "in a ZIP": _in_zip,
    "in an .eml": _in_attached_mail,
    "in a forwarded mail": _in_forwarded_mail,
    "in a ZIP in an .eml": _in_zip_in_mail,
    "in an .eml in a ZIP": _in_mail_in_zip,
}
"""How a document is wrapped; a mail is also sent as it is."""
AS_IT_IS = "sent as it is"


def cases(containers: tuple[str, ...] = (AS_IT_IS, *CONTAINERS)) -> Iterator[Case]:
    """Every place in each of `containers`, but those that need a program which is not installed."""
    for place in PLACES:
        if place.needs and not shutil.which(place.needs):
            continue
        data = place.make(SECRET)
        if place.is_mail and AS_IT_IS in containers:
            yield Case(place.format, place.place, AS_IT_IS, data)
        for container in containers:
            if container != AS_IT_IS:
                content = _inner(data) if place.is_mail else data
                yield Case(place.format, place.place, container, CONTAINERS[container](f"file.{place.ending}", content))


def found(read: Mail) -> bool:
    """Whether the secret was read, with its word."""
    return any(FOUND.search(text.content) for text in read.texts)


def missing(reader: Reader, containers: tuple[str, ...] = (AS_IT_IS, *CONTAINERS)) -> tuple[int, list[Case]]:
    """How many cases there are, and those whose secret is not found."""
    with ThreadPoolExecutor(2) as threads:
        seen = list(threads.map(lambda case: (case, found(reader.read(case.raw))), cases(containers)))
    return len(seen), [case for case, is_found in seen if not is_found]


def programs_missing() -> list[Place]:
    """Places that were left out because a program is not installed."""
    return [place for place in PLACES if place.needs and not shutil.which(place.needs)]


def documents_from_office() -> Iterator[tuple[Path, dict[str, str]]]:
    """Documents that LibreOffice wrote, with the number that stands in each of their places."""
    numbers: dict[str, str] = json.loads((_FROM_OFFICE / "places.json").read_text("utf-8"))
    lost: dict[str, list[str]] = json.loads((_FROM_OFFICE / "not_written.json").read_text("utf-8"))
    for path in sorted(_FROM_OFFICE.iterdir()):
        if path.suffix != ".json":
            mine = {place: number for place, number in numbers.items() if place.startswith(path.stem)}
            yield path, {place: number for place, number in mine.items() if place not in lost.get(path.name, [])}


def missing_from_office(reader: Reader) -> tuple[int, list[Case]]:
    """How many places there are in the documents that LibreOffice wrote, and those whose number is not found."""
    count, absent = 0, []
    for path, places in documents_from_office():
        text = "\n".join(text.content for text in reader.read(_attached(path.name, path.read_bytes())).texts)
        count += len(places)
        for place, number in places.items():
            if not re.search(rf"BSN\W{{0,20}}{number}", text):
                absent.append(Case(path.suffix[1:], place, "written by LibreOffice", b""))
    return count, absent


def report() -> Iterator[tuple[str, ...]]:
    """The table: how many places of each format are found in each container. A row that starts with "not" is one
    place that is not found."""
    made = reader()
    try:
        count, absent = missing(made)
        count_from_office, absent_from_office = missing_from_office(made)
    finally:
        made.close()
    columns = (AS_IT_IS, *CONTAINERS)
    totals = Counter((case.format, case.container) for case in cases())
    missed = Counter((case.format, case.container) for case in absent)
    yield ("format", "places", *columns)
    for format in sorted({format for format, _ in totals}):
        places = str(max(totals[format, column] for column in columns))
        numbers = (totals[format, column] - missed[format, column] for column in columns)
        yield (format, places, *(str(number) if number else "" for number in numbers))
    yield ("all", str(count), f"{count - len(absent)} found")
    yield ("by LibreOffice", str(count_from_office), f"{count_from_office - len(absent_from_office)} found")
    for case in [*absent, *absent_from_office]:
        yield ("not", case.format, case.place, case.container)
    for place in programs_missing():
        yield ("left out", place.format, place.place, f"{place.needs} is missing")


def reader() -> Reader:
    """A reader with the limits that ship."""
    made = Reader(Limits(), 2)
    made.start()
    return made
