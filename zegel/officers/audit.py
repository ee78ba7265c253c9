"""The audit log as an officer sees it: searched, and its chain gone through."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from zegel.crypto import token
from zegel.mail.addresses import identity
from zegel.officers.sign_in import SignIn
from zegel.vault.audit_export import Format, exported, public_key
from zegel.vault.marks import AUDIT, LOST
from zegel.vault.tables.audit_log import Event, Link
from zegel.vault.tables.event_search import PIECE, events_before, first_event_at, mails_among, recipients_of
from zegel.vault.vault import Vault
from zegel.vault.verification import Standing, standing, verify_all_within

SHOWN_MOST = 40
"""Events on a page."""
LOOKED_MOST = 5_000
"""Events that one search goes through; then it says how far it came, and goes on when asked."""
VERIFY_SECONDS = 20.0
HOUR = 3600.0
"""How far the moments of events may be from the order of their ids."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "", 0 and None are for anything."""

    kind: str = ""
    who: str = ""
    """A part of an address, of who did it, whom it was about, or whose message it was."""
    message: int | None = None
    since: float = 0.0
    until: float = 0.0
    """The end, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, each event with whom it was about; `further` and `back_to` as of messages."""

    lines: tuple[tuple[Event, str], ...]
    further: int
    back_to: float


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a go through the whole chain came; `proof` is to be brought back with `last` to go on."""

    count: int
    last: Link | None
    broken: int | None
    done: bool
    proof: str = ""


class OfficerAudit:
    """What the people of the console see of the audit log. Each look is noted with their name."""

    def __init__(self, vault: Vault, sign_in: SignIn, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._sign_in = sign_in
        self._clock = clock
        self._busy = threading.Lock()

    def standing(self) -> Standing | None:
        """How far the chain was found whole, and when; None when nobody has looked yet."""
        return standing(self._store.marks.get(AUDIT))

    def lost(self) -> bool:
        """Whether the log has lost its end, and nobody has said yet that they saw it."""
        return bool(self._store.marks.get(LOST))

    def find(self, wanted: Wanted, officer: str, before: int = 0) -> Found:
        """The newest that fit, from below the id `before` on."""
        what = {"kind": wanted.kind, "who": wanted.who, "message": wanted.message}
        said = {name: value for name, value in what.items() if value} | self._period(wanted)
        more = {"wanted": said} if said else {}
        self._store.write(lambda: self._sign_in.note("audit log searched", officer, **more))
        head = self._store.audit_log.head()
        newest = head.id if head else 0
        database = self._store.database
        first = first_event_at(database, wanted.since - HOUR, newest) if wanted.since > 0 else 1
        last = first_event_at(database, wanted.until + HOUR, newest) if wanted.until > 0 else newest + 1
        last = min(last, before or last)
        needles, lines, back_to = _needles(wanted.who), [], self._clock()
        for _ in range(LOOKED_MOST // PIECE):
            piece = events_before(database, last, first, wanted.message)
            people = recipients_of(database, sorted({each.delivery for each in piece if each.delivery}))
            for each in piece:
                about = people.get(each.delivery or 0, "")
                if _fits(each, wanted) and _names(each, about, needles):
                    lines.append((each, about))
                    if len(lines) == SHOWN_MOST:
                        return Found(tuple(lines), each.id, each.at)
            if len(piece) < PIECE:
                return Found(tuple(lines), 0, 0.0)
            last, back_to = piece[-1].id, piece[-1].at
        return Found(tuple(lines), last, back_to)

    def stories(self, found: Found) -> set[int]:
        """The messages of these events that have a page."""
        messages = {event.message for event, _ in found.lines if event.message}
        return mails_among(self._store.database, sorted(messages)) if messages else set()

    def verify(self, who: str, cookie: str, since: int = 0, proof: str = "") -> Looked | None:
        """Goes through the chain for VERIFY_SECONDS, from the start or from where this browser's last go ended.

        None while somebody else has it gone through.
        """
        if not self._busy.acquire(blocking=False):
            return None
        try:
            link = self._link(cookie, since, proof)
            found, done = verify_all_within(self._store, self._clock(), VERIFY_SECONDS, link)
        finally:
            self._busy.release()
        last = found.last.id if found.last else 0
        said = {"whole_to": last} | ({"broken": found.broken} if found.broken else {})
        self._store.write(lambda: self._sign_in.note("audit log checked", who, **said))
        onward = self._proof(cookie, found.last) if found.last and not done else ""
        return Looked(found.count, found.last, found.broken, done, onward)

    def export(self, since: float, until: float, form: Format, officer: str, organisation: str) -> Iterator[bytes]:
        """The events of a period as a signed file (zegel/vault/audit_export.py); 0 is for no bound."""
        now = self._clock()
        said = {"since": since, "until": until, "form": form}
        self._store.write(lambda: self._sign_in.note("audit log exported", officer, **said))
        about = {"organisation": organisation, "by": officer, "at": now}
        return exported(self._vault, since, until, form, about)

    @property
    def public_key(self) -> str:
        """What checks an export."""
        return public_key(self._vault)

    def _link(self, cookie: str, since: int, proof: str) -> Link | None:
        """Where this browser's last go ended, if that is unchanged."""
        link = self._store.audit_log.link(since) if proof else None
        good = link is not None and hmac.compare_digest(self._proof(cookie, link).encode(), proof.encode())
        return link if good else None

    def _proof(self, cookie: str, link: Link) -> str:
        """What says that this browser had all gone through up to a link: nobody else can write it."""
        return token(self._vault.keys.form, cookie, "audit log checked", link.id, link.hash.hex())

    def _period(self, wanted: Wanted) -> dict[str, float]:
        return {name: at for name, at in (("since", wanted.since), ("until", wanted.until)) if at > 0}


def _fits(event: Event, wanted: Wanted) -> bool:
    return (
        (not wanted.kind or event.kind == wanted.kind)
        and event.at >= wanted.since
        and (not wanted.until or event.at < wanted.until)
    )


def _needles(who: str) -> tuple[str, ...]:
    """The ways in which the log may have written what was typed."""
    typed = who.casefold()
    return tuple({typed, identity(who).text.casefold()} if "@" in who else {typed})


def _names(event: Event, about: str, needles: Iterable[str]) -> bool:
    said = (event.actor, about, *(str(each) for each in event.details.values()))
    written = "\n".join(said).casefold()
    return any(each in written for each in needles)
