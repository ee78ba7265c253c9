"""Everything known about one address, and its erasure: articles 15 and 17 of the GDPR.

What messages say is not part of it: it is sealed, and its recipient reads it at the portal. What has to stay is told
with the reason; docs/security.md says what is kept in general.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zegel.core import Core
from zegel.crypto import keyed_hash
from zegel.mail.addresses import identity
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.recipients.preferences import passkey_owner, person_key
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.audit_log import Event
from zegel.vault.tables.person_rows import PersonRows, Wanted

_MOMENTS = {"created_at", "expires_at", "first_opened_at", "last_opened_at"}
_ENDED = ("recalled", "delivered", "cleared", "expired")
_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"(),:;<>@\[\]\\]+')
_PLAIN = re.compile(r"[a-z0-9]+")
LONGEST = 320
"""Characters of an address."""
NOT_HERE = (
    "what the messages say: it is sealed, and their recipients read it at the portal until they expire",
    "Postfix's own log and mailboxes, and copies that were made of the database",
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed, by kind, and what stays: each with why and, where it ends by itself, until when."""

    removed: dict[str, int]
    stays: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        return {"removed": self.removed, "stays": list(self.stays)}


def is_address(typed: str) -> bool:
    """Whether somebody can be asked for by it: also by an address that is odd or wrong, but on one line.

    >>> is_address('"jan de vries"@post.example'), is_address("jan@"), is_address("jan"), is_address("a@b, c@d.example")
    (True, False, False, False)
    """
    found = identity(typed)
    return bool(_LOCAL.fullmatch(found.local)) and len(typed) <= LONGEST and typed.isprintable()


class PersonData:
    """What there is about an address, in whatever way that is written."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = core.vault.store
        self._rows = PersonRows(core.vault.store.database)

    def export(self, address: str, by: str = ADMINISTRATOR) -> dict[str, Any]:
        """All of it, as JSON; the audit log notes that somebody asked, without the address."""
        who, now = identity(address).text, self._core.clock()
        found = self._found(who)
        exported = {
            "address": who,
            "at": _moment(now),
            "messages_received": [_shown(row) for row in found.received],
            "messages_sent": [_shown(row) for row in found.sent],
            "replies_received": sorted({message for message, _ in found.replies}),
            "phone": self._phone(who),
            "agreed_code": self._agreed(who),
            "numbers_and_codes_given_for_others": len(found.given),
            "choices": self._choices(who),
            "passkeys": self._passkeys(found),
            "devices": self._devices(found),
            "waiting_to_be_sent": self._rows.waiting(found.deliveries),
            "console": dict(zip(("sessions", "challenges"), self._rows.console(who), strict=True)),
            "events": [_told(event) for event in self._events(who, found)],
            "not_here": list(NOT_HERE),
        }
        self._note("person exported", who, by)
        return exported

    def erase(self, address: str, by: str = ADMINISTRATOR, reason: str = "") -> Erased:
        """Removes what need not stay, in one transaction, and ends every session of theirs; `reason` is kept.

        In what has ended, the address is replaced by one that says nothing; what has not ended stays until then, with
        the number or code that opens it.
        """
        who = identity(address).text
        found = self._found(who)
        events = sum(1 for _ in self._events(who, found))
        return self._store.write(lambda: self._erase(who, found, events, by, reason))

    def _erase(self, who: str, found: _Found, events: int, by: str, reason: str) -> Erased:
        store, vault = self._store, self._core.vault
        instead, key = f"erased-{secrets.token_hex(6)}@erased.invalid", self._core.phonebook.key(who)
        removed = {
            "phone": int(not found.needs_number and store.phones.forget(key)),
            "agreed_code": int(not found.needs_number and store.agreed.forget(key)),
            "choices": int(store.persons.find(person_key(vault, who)) is not None),
            "passkeys": store.passkeys.remove_all(passkey_owner(vault, who)),
            "devices": store.devices.remove_of(person_key(vault, who)),
            "given_by": self._rows.forget_givers(found.given),
            **self._rows.forget_entries(found.deliveries, who),
            "recipient_of": self._rows.rename_recipient(found.deliveries, instead),
            "sender_of": self._rows.rename_sender([row["id"] for row in found.sent], instead),
            "replies_to": self._rows.rename_addressee(found.replies, instead),
        }
        store.persons.forget(person_key(vault, who))
        why = {"reason": reason} if reason else {}
        self._note("person erased", who, by, removed=removed, **why)
        return Erased({name: count for name, count in removed.items() if count}, tuple(self._stays(found, events)))

    def _stays(self, found: _Found, events: int) -> Iterable[dict[str, Any]]:
        live = found.live
        if found.needs_number:
            why = "messages of level 2 that have not ended open by it; erase again after that day"
            yield _kept("telephone number or agreed code", 1, why, max(row["expires_at"] for row in live))
        if live:
            why = "they can still be opened; take them back first, or erase again after that day"
            yield _kept("messages to this address", len(live), why, max(row["expires_at"] for row in live))
        sent = [row for row in found.sent if not row["shredded"]]
        if sent:
            why = "their recipients can still open them and see who wrote; erase again after that day"
            yield _kept("messages from this address", len(sent), why, max(row["expires_at"] for row in sent))
        if events:
            why = (
                "the audit log proves what happened to a message, and a change in it shows: article 17 (3) b and e. "
                "It has addresses, moments and kinds of events, and no content"
            )
            yield _kept("events of the audit log", events, why)
        yield _kept("rows that hold the address only as a keyed hash", 0, "they cannot be read, and end within days")
        for each in NOT_HERE[1:]:
            yield _kept(each, 0, "Zegel does not have it")

    def _found(self, who: str) -> _Found:
        wanted, rows = _wanted(who), self._rows
        return _Found(rows.received(wanted), rows.sent(wanted), rows.replies_to(wanted), rows.given(wanted))

    def _events(self, who: str, found: _Found) -> Iterable[Event]:
        """Those of their doing, about them, or about what they got."""
        return self._rows.events(_wanted(who), found.deliveries)

    def _phone(self, who: str) -> dict[str, Any] | None:
        entry = self._core.phonebook.entry(who)
        if entry is None:
            return None
        moments = {"given_at": _moment(entry.given_at), "used_at": _moment(entry.used_at)}
        return {"number": entry.number, "given_by": entry.given_by, **moments}

    def _agreed(self, who: str) -> dict[str, Any] | None:
        entry = self._core.agreed_codes.entry(who)
        return None if entry is None else {"given_by": entry.given_by, "given_at": _moment(entry.given_at)}

    def _choices(self, who: str) -> dict[str, str]:
        person = self._core.people.person(who)
        return {"language": person.language, "phrase": person.phrase}

    def _passkeys(self, found: _Found) -> list[dict[str, Any]]:
        delivery = self._store.delivery(found.deliveries[-1]) if found.deliveries else None
        keys = self._core.passkeys.of(delivery) if delivery else ()
        return [
            {"name": key.name, "level": key.level, "made_at": _moment(key.created_at), "used_at": _moment(key.used_at)}
            for key in keys
        ]

    def _devices(self, found: _Found) -> list[dict[str, Any]]:
        delivery = self._store.delivery(found.deliveries[-1]) if found.deliveries else None
        devices = self._core.devices.of(delivery) if delivery else []
        return [
            {"browser": each.kind.browser, "system": each.kind.system, "made_at": _moment(each.added_at)}
            for each in devices
        ]

    def _mark(self, who: str) -> str:
        """What tells in the audit log whom a request was about, to those who know the address and have the key."""
        return keyed_hash(self._core.vault.keys.lookup, "request", who).hex()[:12]

    def _note(self, event: EventName, who: str, by: str, **details: Any) -> None:
        now, audit_log = self._core.clock(), self._store.audit_log
        self._store.write_or_join(lambda: audit_log.record(event, by, now, person=self._mark(who), **details))


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows that name the address."""

    received: list[dict[str, Any]]
    sent: list[dict[str, Any]]
    replies: list[tuple[int, int]]
    given: list[bytes]

    @property
    def deliveries(self) -> Sequence[int]:
        return [row["id"] for row in self.received]

    @property
    def live(self) -> list[dict[str, Any]]:
        """What can still be opened."""
        return [row for row in self.received if row["state"] not in _ENDED and not row["shredded"]]

    @property
    def needs_number(self) -> bool:
        return any(row["way"] != "password" for row in self.live)


def _wanted(who: str) -> Wanted:
    """The address `who` however it is written: a run of its plain letters is in all but what has a backslash."""
    local = who.rpartition("@")[0] or who
    return Wanted(lambda written: identity(written).text == who, max(_PLAIN.findall(local), key=len, default=""))


def _kept(what: str, count: int, why: str, until: float = 0) -> dict[str, Any]:
    told: dict[str, Any] = {"what": what, "why": why}
    if count:
        told["count"] = count
    if until:
        told["until"] = _moment(until)
    return told


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _moment(value) if name in _MOMENTS else value for name, value in row.items()}


def _told(event: Event) -> dict[str, Any]:
    about = {"message": event.message, "delivery": event.delivery}
    return {"at": _moment(event.at), "event": event.kind, "by": event.actor, **about, "details": event.details}


def _moment(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None
