"""What a sealed message asks of the database: a bound, because each statement is paid for by every message."""

from __future__ import annotations

from typing import Any

import peewee
import pytest

from tests.support.cast import OTHER, RECIPIENT, Built
from tests.support.level2 import FakePostfix
from tests.unit.intake.test_intake import RULES, SECRET, envelope
from zegel.intake import Intake
from zegel.message.reader import Reader
from zegel_courier.composer import Composer
from zegel_courier.mail_lane import Mails

FOR_A_MESSAGE, FOR_A_RECIPIENT = 12, 3
"""Between the beginning of the transaction and its end, savepoint included; and how many each recipient adds."""

FOR_A_NOTIFICATION = 8
"""Message, delivery, key, headline, original and its end, the recipient's choices; then the newest event, to note."""


@pytest.fixture
def statements(built: Built, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement to the database from now on; a thread looks into the key ring, which is another, now and then."""
    found: list[str] = []
    database = built.core.vault.store.database
    execute: Any = peewee.Database.execute_sql

    def noted(self: Any, sql: str, *rest: Any, **more: Any) -> Any:
        if self is database:
            found.append(sql)
        return execute(self, sql, *rest, **more)

    monkeypatch.setattr(peewee.Database, "execute_sql", noted)
    return found


def in_transaction(statements: list[str]) -> list[str]:
    """Those of the one work that stores a message."""
    (first,) = (place for place, sql in enumerate(statements) if sql.startswith("SAVEPOINT"))
    (last,) = (place for place, sql in enumerate(statements) if sql.startswith("RELEASE"))
    return statements[first : last + 1]


@pytest.mark.parametrize("answer", [b"", b"In-Reply-To: <0@x>\r\nReferences: <00@x> <0@x>\r\n"], ids=["new", "answer"])
def test_a_message_is_sealed_with_few_statements(
    built: Built, reader: Reader, statements: list[str], answer: bytes
) -> None:
    intake = Intake(built.core, reader, lambda: RULES)
    assert intake.receive(envelope(RECIPIENT), SECRET).kind == "sealed"  # makes the key of the day
    more = 2 if answer else 0  # looks for each message that it answers
    for recipients in ((RECIPIENT,), (RECIPIENT, OTHER, "piet@post.example")):
        statements.clear()
        raw = answer + SECRET.replace(b"<1@x>", b"<%d@x>" % (2 + len(recipients)))
        assert intake.receive(envelope(*recipients), raw).kind == "sealed"
        found = in_transaction(statements)
        most = FOR_A_MESSAGE + more + len(recipients) * (FOR_A_RECIPIENT + (2 if answer else 0))  # counted for each
        assert len(found) <= most, "\n".join(found)


def test_a_notification_is_composed_and_noted_with_few_statements(built: Built, statements: list[str]) -> None:
    built.seal(RECIPIENT)
    store, mails = built.core.vault.store, Mails(built.core, Composer(built.core), FakePostfix())
    (item,) = store.write(lambda: store.outbox.claim("courier", built.clock(), 600, 50))
    statements.clear()
    mails.deliver(item)
    assert len(statements) - len(in_transaction(statements)) <= FOR_A_NOTIFICATION, "\n".join(statements)
    assert sum('"wrapped_key"' in sql for sql in statements) == 1, "the key is unwrapped once"


def test_what_is_told_of_an_event_takes_a_statement_for_each_table(built: Built, statements: list[str]) -> None:
    """However many rules fired."""
    store = built.core.vault.store
    rules = tuple(f"rule {number}" for number in range(700))
    store.write(lambda: store.audit_log.record("observed", "anna", built.clock(), rules=rules[:5]))
    assert len(in_transaction(statements)) == 6, "\n".join(statements)
    store.write(lambda: store.audit_log.record("observed", "anna", built.clock(), rules=rules))
    counted = {each.rule: each.messages for each in store.rule_counts.since(0)}
    assert counted == {rule: 2 if rule in rules[:5] else 1 for rule in rules}
    assert sum(count for (name, _), count in store.tallies.all().items() if name == "observed rule") == 705
