"""The kinds of mail: each is registered once, and rows that stood in a database before go out as they would have."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from tests.support.cast import RECIPIENT, SENDER, Built
from tests.support.level2 import NUMBER, Level2
from zegel.crypto import keyed_hash, seal
from zegel.vault.tables.outbox_kinds import IN_A_HURRY, KindName
from zegel.vault.tables.records import Delivery, OutboxItem
from zegel_courier.composer import Composer
from zegel_courier.registry import _FILES, KINDS, kind_of

OURS = "no-reply@kliniek.example"


def test_every_kind_of_the_outbox_is_registered_once() -> None:
    registered = [kind.name for file in _FILES for kind in file.KINDS]
    assert sorted(registered) == sorted(set(get_args(KindName)) - {"sms", "direct"})
    assert set(IN_A_HURRY) <= set(get_args(KindName))
    assert all(KINDS[name].name == name for name in KINDS)


def test_a_kind_of_a_newer_version_is_set_aside_and_said(level2: Level2, caplog: pytest.LogCaptureFixture) -> None:
    level2.store.write(lambda: level2.store.outbox.add("tomorrow", 1, when=level2.clock()))  # type: ignore[arg-type]
    level2.run()
    assert [(item.kind, item.state) for item in level2.store.outbox.list(["stuck"])] == [("tomorrow", "stuck")]
    with pytest.raises(ValueError, match="unknown kind"):
        kind_of("tomorrow")


@dataclass(frozen=True)
class Row:
    """A row as version 5 wrote it: its kind, what its unique key ends in, its payload, and the envelope it becomes."""

    kind: str
    key: str
    told: dict[str, Any] = field(default_factory=dict)
    envelope: tuple[str, str] = (OURS, SENDER)


ASKED = {
    "to": SENDER, "message": 0, "delivery": 0, "recipient": RECIPIENT, "sent_at": 1.0, "subject": "Uitslag",
}  # fmt: skip
OF_A_MESSAGE = (
    Row("notification", "{delivery} 0", {}, (SENDER, RECIPIENT)),
    Row("notification", "{delivery} 0 1800000000.5", {}, (SENDER, RECIPIENT)),
    Row("password", "77", {"password": "abcd-efgh", "language": "nl"}, (OURS, RECIPIENT)),
    Row("failure", "12", {"status": "5.1.1", "answer": "no such user"}, ("", SENDER)),
    Row("receipt", "{message}"),
    Row("relayed", "{delivery}", {}, ("", SENDER)),
    Row("opened", "{delivery}"),
    Row("not-opened", "{delivery}"),
    Row("number-missing", "{delivery} 2027-01-15"),
    Row("copy", "{message} 0", {"sender": SENDER, "to": "piet@kliniek.example"}, (SENDER, "piet@kliniek.example")),
)
ALARMED = "beheer@kliniek.example"
CHANGED = {"to": SENDER, "recipient": RECIPIENT, "number": "+31•••", "by": "x"}
MADE = {"to": RECIPIENT, "name": "Telefoon", "at": 1.0, "level": 1, "language": "nl"}
OF_NOTHING = (
    Row("number-changed", f"{RECIPIENT} {SENDER} 1.5", CHANGED),
    Row("hold-bounce", "{delivery} 0", {"to": SENDER, "subject": "Uitslag", "recipients": [RECIPIENT]}, ("", SENDER)),
    Row("sms-alarm", "2027-01-15 80", {"to": ALARMED, "sent": 40, "cap": 50}, (OURS, ALARMED)),
    Row("not-asked", "{delivery} 2.5", ASKED | {"opened_at": [2.0], "taken": True}),
    Row("passkey-added", "9", MADE, (OURS, RECIPIENT)),
)


def write(built: Built, row: Row, delivery: Delivery, *, message_key: bool) -> OutboxItem:
    """Puts `row` in the database with what an earlier version wrote, by none of today's code for rows."""
    unique_key = f"{row.kind} {row.key.format(delivery=delivery.id, message=delivery.message_id)}"
    id_ = int.from_bytes(keyed_hash(b"outbox", unique_key)[:8], "big") >> 1
    told = json.dumps(
        row.told | ({"message": delivery.message_id, "delivery": delivery.id} if "delivery" in row.told else {})
    ).encode()
    vault, message = built.core.vault, delivery.message_id if message_key else 0
    if message_key:
        sealed = vault.data_key(message, built.clock()).seal(told, "outbox", id_)
    else:
        sealed = seal(vault.keys.notice, told, "outbox", id_)
    values = (id_, row.kind, unique_key, message, delivery.id, sealed if row.told else b"", "due", built.clock(), 0,
              built.clock(), 0, "", "")  # fmt: skip
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        database.execute("DELETE FROM outbox")
        names = "id, kind, unique_key, message, delivery, payload, state, created_at, attempts, next_try, lease_until"
        database.execute(f"INSERT INTO outbox ({names}, owner, error) VALUES ({', '.join('?' * 13)})", values)
        database.commit()
    item = vault.store.outbox.item(id_)
    assert item is not None
    return item


@pytest.mark.parametrize("row", [*OF_A_MESSAGE, *OF_NOTHING], ids=lambda row: f"{row.kind} {row.key}")
def test_a_row_of_the_version_before_is_composed(built: Built, row: Row) -> None:
    (delivery,) = built.seal(RECIPIENT)
    item = write(built, row, delivery, message_key=row in OF_A_MESSAGE)
    mail = Composer(built.core).compose(item)
    assert mail is not None and (mail.sender, mail.recipient) == row.envelope
    assert b"\r\n\r\n" in mail.content


def test_what_is_added_now_has_the_unique_key_that_it_had(level2: Level2) -> None:
    """The same key is what keeps a mail from being sent again by the version after."""
    (delivery,) = level2.seal(RECIPIENT)
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.core.feedback.not_mine(delivery, "person")
    now = level2.clock()
    held = int(level2.now(delivery).held_until)
    with closing(sqlite3.connect(level2.built.folder / "zegel.db")) as database:
        found = {key for (key,) in database.execute("SELECT unique_key FROM outbox")}
    assert found == {
        f"number-request {delivery.message_id} {int(now)}",
        f"number-reminder {delivery.message_id} {int(now + 4 * 3600)}",
        f"number-reminder {delivery.message_id} {int(now + 24 * 3600)}",
        f"hold-over {delivery.message_id} {held or int(now + 5 * 86_400)}",
        f"notification {delivery.id} 0",
        f"not-for-me {delivery.id} {now}",
    }
