"""A period of the audit log as a file that proves itself: its chain, and a head that Zegel signed.

The signature is Ed25519 (RFC 8032), so that who has the public key can check it, and only who has the master key could
have made it. What is signed is a statement: where the chain begins, where it ends, how many events there are, where it
is broken, and the SHA-256 of all lines before the statement. JSON also has all that the hashes of the chain cover.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zegel import csv_cells
from zegel.vault.tables.audit_log import START, chain
from zegel.vault.tables.event_search import chained_rows, first_event_at
from zegel.vault.vault import Vault

Format = Literal["json", "csv"]
KIND = "zegel audit log 1"
COLUMNS = ("event", "at", "what", "message", "delivery", "by", "details", "hash")
_PIECE = 64_000


class NotProven(ValueError):
    """A file that is not, or not any more, what Zegel exported."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An export whose signature is right."""

    statement: dict[str, Any]
    public_key: str


def public_key(vault: Vault) -> str:
    """What checks the exports of this Zegel, in hexadecimal digits."""
    return _private(vault).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def exported(vault: Vault, since: float, until: float, form: Format, about: dict[str, Any]) -> Iterator[bytes]:
    """The events from `since` until before `until` (0 is for all that there are), in pieces of a file.

    `about` goes into the signed statement.
    They are all from the first of them to the last, so the chain has no gap. No transaction stays open.
    """
    store = vault.store
    head = store.audit_log.head()
    newest = head.id if head else 0
    first = first_event_at(store.database, since, newest)
    last = min(newest, first_event_at(store.database, until, newest) - 1) if until else newest
    before = store.audit_log.link(first - 1)
    found = _Chain(before.hash if before else START, before.id if before else 0)
    statement = about | {
        "kind": KIND, "since": since, "until": until,
        "before": {"event": before.id, "hash": before.hash.hex()} if before else None,
    }  # fmt: skip
    rows = found.followed(chained_rows(store.database, first, last))
    text = _json(rows) if form == "json" else _csv(rows)
    digest, waiting = hashlib.sha256(), ""
    for piece in text:
        waiting += piece
        if len(waiting) > _PIECE:
            data = waiting.encode("utf-8", "replace")
            digest.update(data)
            yield data
            waiting = ""
    data = waiting.encode("utf-8", "replace")
    digest.update(data)
    yield data
    statement |= {
        "events": found.count, "head": {"event": found.last, "hash": found.hash.hex()}, "broken": found.broken,
        "sha256": digest.hexdigest(),
    }  # fmt: skip
    signature = _private(vault).sign(_signed(statement)).hex()
    signed = {"statement": statement, "signature": signature, "public_key": public_key(vault)}
    yield _end(signed, form).encode()


def check(data: bytes, expected: str | None = None) -> Checked:
    """What an export says of itself; `expected` is the public key that has to have signed it. Raises NotProven."""
    body, signed = _apart(data)
    try:
        statement, public = signed["statement"], str(signed["public_key"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signed["signature"]), _signed(statement)
        )
        digest = statement["sha256"]
    except (InvalidSignature, KeyError, TypeError, ValueError):
        raise NotProven("the signature is wrong") from None
    if expected is not None and public != expected:
        raise NotProven("it is signed by another key")
    if hashlib.sha256(body).hexdigest() != digest:
        raise NotProven("its lines were changed after it was signed")
    if body.startswith(b"{"):
        _follow(body, statement)
    return Checked(statement, public)


def _follow(body: bytes, statement: dict[str, Any]) -> None:
    """Goes through the chain of a JSON export."""
    before = statement["before"]
    last = bytes.fromhex(before["hash"]) if before else START
    try:
        events = json.loads(body + b"]}")["events"]
        for each in events:
            details = json.dumps(each["details"], sort_keys=True)
            last = chain(last, each["at"], each["what"], each["message"], each["delivery"], each["by"], details)
            if last.hex() != each["hash"] and statement["broken"] is None:
                raise NotProven(f"event {each['event']} was changed, or one before it was removed")
            last = bytes.fromhex(each["hash"])
    except NotProven:
        raise
    except (KeyError, TypeError, ValueError):
        raise NotProven("it is no export") from None
    if last.hex() != statement["head"]["hash"] or len(events) != statement["events"]:
        raise NotProven("events are missing at its end")


@dataclass(slots=True)
class _Chain:
    """The chain as it is gone through."""

    hash: bytes
    last: int
    count: int = 0
    broken: int | None = None

    def followed(self, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            fields = (row["at"], row["kind"], row["message"], row["delivery"], row["actor"], row["details"])
            if self.broken is None and chain(self.hash, *fields) != bytes(row["hash"]):
                self.broken = row["id"]
            self.hash, self.last, self.count = bytes(row["hash"]), row["id"], self.count + 1
            yield row


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield '{"events": ['
    for number, row in enumerate(rows):
        event = {
            "event": row["id"], "at": row["at"], "what": row["kind"], "message": row["message"],
            "delivery": row["delivery"], "by": row["actor"], "details": json.loads(row["details"]),
            "hash": bytes(row["hash"]).hex(),
        }  # fmt: skip
        yield ("\n" if number == 0 else ",\n") + json.dumps(event)


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    return csv_cells.lines(
        COLUMNS,
        (
            (
                row["id"], _moment(row["at"]), row["kind"], row["message"], row["delivery"], row["actor"],
                row["details"], bytes(row["hash"]).hex(),
            )
            for row in rows
        ),
    )  # fmt: skip


def _end(signed: dict[str, Any], form: Format) -> str:
    if form == "json":
        return f'\n], "signed": {json.dumps(signed)}}}\n'
    quoted = json.dumps(signed).replace('"', '""')  # as it is: an apostrophe more would break the signature
    return f'signed,,,,,,"{quoted}",\r\n'


def _apart(data: bytes) -> tuple[bytes, dict[str, Any]]:
    """The lines that are signed, and what is said at their end."""
    try:
        if data.startswith(b"{"):
            body, _, end = data.rpartition(b'\n], "signed": ')
            signed = json.loads(end.rstrip().removesuffix(b"}"))
        else:
            body, _, end = data.rpartition(b"\r\nsigned,")
            body += b"\r\n"
            signed = json.loads(next(csv.reader([f"signed,{end.decode()}"]))[6])
    except (ValueError, IndexError, StopIteration, csv.Error):
        raise NotProven("it is no export, or its end is missing") from None
    if not isinstance(signed, dict):
        raise NotProven("it is no export, or its end is missing")
    return body, signed


def _private(vault: Vault) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(vault.keys.audit)


def _signed(statement: dict[str, Any]) -> bytes:
    return json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
