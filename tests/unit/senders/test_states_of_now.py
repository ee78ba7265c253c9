"""The sender's page: the state of a recipient is that of now, and what is offered can work."""

from __future__ import annotations

from tests.support.cast import RECIPIENT, SENDER
from tests.support.level2 import NUMBER, Level2
from tests.unit.senders.test_sender import message_of, state
from zegel.unlock.way import Opened


def test_after_the_level_was_raised_the_state_is_that_of_the_new_link(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.run()
    passwords = level2.core.passwords
    passwords.ask(delivery, "", "nl")
    assert isinstance(passwords.enter(level2.link(delivery), level2.built.passwords_sent()[0], None), Opened)
    assert state(level2, delivery).state == "opened"
    level2.clock.pass_(600)
    raised = level2.clock()
    assert level2.sender.raise_level(message_of(level2, delivery), delivery.id)
    seen = state(level2, delivery)
    assert (seen.state, seen.since) == ("sending", raised)
    level2.clock.pass_(60)
    level2.run()
    seen = state(level2, delivery)
    assert (seen.state, seen.since) == ("notified", level2.clock())
    assert [each.kind for each in seen.history].count("opened") == 1, "what happened stays told"


def test_only_what_makes_sense_is_offered(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    assert state(level2, delivery).actions == {"recall", "number", "again"}
    store = level2.core.vault.store
    store.write(lambda: store.deliveries.lock(delivery.id, level2.clock()))
    assert state(level2, delivery).actions == {"recall", "number", "unblock"}
    store.write(lambda: store.deliveries.unlock(delivery.id))
    store.write(lambda: store.deliveries.stop(delivery.id, "person", level2.clock()))
    assert state(level2, delivery).actions == {"recall", "resume"}
    level2.sender.recall(message_of(level2, delivery), delivery.id)
    assert state(level2, delivery).actions == set()
