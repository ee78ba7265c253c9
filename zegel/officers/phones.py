"""The phone book as an officer sees it: found, given, removed, imported and exported. The pages mask its numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from zegel import csv_cells
from zegel.mail.addresses import identity
from zegel.number_files import Problem, address_or_none, checked, read_numbers
from zegel.officers.sign_in import SignIn
from zegel.recipients.phonebook import Entry, Phonebook
from zegel.settings.model import Settings
from zegel.vault.tables.audit_events import EventName
from zegel.vault.vault import Vault

SHOWN_MOST = 20
"""Lines on a page."""
LOOKED_MOST = 5_000
"""Lines that one search opens; then it goes on when asked."""
PIECE = 500
IMPORTED_MOST = 5_000
"""Lines of a file that a page takes: somebody waits for it."""
COLUMNS = ("address", "number", "given_by", "given_at", "used_at")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `further` is where to go on, "" when all was looked at."""

    lines: tuple[Entry, ...]
    further: str


@dataclass(frozen=True, slots=True)
class Given:
    """How many numbers were stored, and how many messages went out that waited for them."""

    numbers: int
    released: int


class OfficerPhones:
    """What officers do with the phone book, each time noted with their name."""

    def __init__(
        self, settings: Settings, vault: Vault, book: Phonebook, sign_in: SignIn, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._store = vault.store
        self._book = book
        self._sign_in = sign_in
        self._clock = clock
        self._busy = threading.Lock()

    def find(self, wanted: str, officer: str, after: str = "") -> Found:
        """Those whose address has `wanted` in it, from behind the line `after` on; a whole address is found at once."""
        said = {"wanted": wanted} if wanted else {}
        self._note("phone book searched", officer, **said)
        whole = self._book.entry(wanted) if address_or_none(wanted) else None
        if whole is not None:
            return Found((whole,), "")
        needles = {wanted.casefold(), identity(wanted).text} if "@" in wanted else {wanted.casefold()}
        key, lines = _key(after), []
        for _ in range(LOOKED_MOST // PIECE):
            piece = self._book.piece(key, PIECE)
            for key, entry in piece:
                if any(each in entry.address for each in needles):
                    lines.append(entry)
                    if len(lines) == SHOWN_MOST:
                        return Found(tuple(lines), key.hex())
            if len(piece) < PIECE:
                return Found(tuple(lines), "")
        return Found(tuple(lines), key.hex())

    def show(self, address: str, officer: str) -> Entry | None:
        """The line of one address with its number in full; None when there is none."""
        entry = self._book.entry(address)
        if entry is not None:
            self._note("number shown", officer, address=entry.address)
        return entry

    def give(self, address: str, number: str, officer: str, language: str) -> Given | Problem:
        """Stores a number and sends what waits for it, or says what is wrong."""
        found = checked(self._settings, address, number, language)
        return found if isinstance(found, Problem) else Given(1, len(self._book.give(*found, officer)))

    def forget(self, address: str, officer: str) -> bool:
        """Removes a number; False when there was none."""
        return self._book.forget(address, officer)

    def import_(self, data: bytes, officer: str, language: str) -> Given | Sequence[Problem] | None:
        """Stores the numbers of a CSV file, none of them when a line is wrong. None while another file is imported."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            numbers, problems = read_numbers(self._settings, data, language, IMPORTED_MOST)
            return problems or Given(len(numbers), self._book.give_many(numbers, officer))
        finally:
            self._busy.release()

    def export(self, officer: str) -> Iterator[bytes]:
        """The whole book as CSV, numbers in full; `zegel phone import` and the page take it back."""
        self._note("phone book exported", officer)
        rows = (
            (each.address, each.number, each.given_by, _moment(each.given_at), _moment(each.used_at))
            for each in self._all()
        )
        return (each.encode("utf-8", "replace") for each in csv_cells.lines(COLUMNS, rows))

    def _all(self) -> Iterator[Entry]:
        """All lines, a piece at a time, so that no transaction stays open while somebody downloads."""
        key = b""
        while piece := self._book.piece(key, PIECE):
            yield from (entry for _, entry in piece)
            key = piece[-1][0]

    def _note(self, event: EventName, officer: str, **more: object) -> None:
        self._store.write(lambda: self._sign_in.note(event, officer, **more))


def _key(written: str) -> bytes:
    """The key behind which a page goes on; b"" for what no page of ours wrote."""
    try:
        return bytes.fromhex(written) if len(written) <= 128 else b""
    except ValueError:
        return b""


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
