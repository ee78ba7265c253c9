"""Guessing an agreed code: how many tries there are, whom they lock out, and who forgives them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.support.cast import RECIPIENT, SENDER
from tests.support.level2 import BROWSER, Level2
from tests.unit.unlock.agreement import SECOND, agree, enter, kind, message_of
from zegel.recipients.agreed_text import LEAST_GUESSES
from zegel.unlock.agreed_way import WRONG_MOST
from zegel.unlock.way import Refused
from zegel.vault.tables.records import Delivery


def test_all_tries_together_succeed_with_at_most_1_in_10_million() -> None:
    assert Fraction(WRONG_MOST, LEAST_GUESSES) <= Fraction(1, 10_000_000)


def test_ten_wrong_tries_lock_it_at_every_message_of_the_recipient(level2: Level2, delivery: Delivery) -> None:
    """More messages, links and browsers bring no more tries."""
    others = [*level2.seal(RECIPIENT, sender=SECOND), *level2.seal(RECIPIENT)]
    level2.run()
    everywhere = [delivery, *others]
    answers = [kind(enter(level2, everywhere[n % 3], f"verkeerd {n}", f"browser {n}")) for n in range(WRONG_MOST)]
    assert answers == ["wrong"] * (WRONG_MOST - 1) + ["locked"]
    assert [kind(enter(level2, each)) for each in everywhere] == ["locked"] * 3, "the right code too"
    (later,) = level2.seal(RECIPIENT)
    assert kind(enter(level2, later)) == "locked", "and at what comes after"
    level2.clock.pass_(20 * 86_400)
    assert kind(enter(level2, later)) == "locked", "time alone unlocks nothing"
    level2.run()
    told = [[str(each["Subject"]) for each in level2.letters(who)] for who in (SENDER, SECOND)]
    assert [sum("Actie nodig" in subject for subject in subjects) for subjects in told] == [1, 1], (
        "once for each sender"
    )
    assert "Spreek dan een andere af" in " ".join(level2.text(SECOND).split())


def test_any_sender_of_the_recipient_unblocks_it_everywhere(level2: Level2, delivery: Delivery) -> None:
    (other,) = level2.seal(RECIPIENT, sender=SECOND)
    for n in range(WRONG_MOST):
        enter(level2, delivery, f"verkeerd {n}")
    assert level2.sender.unblock(message_of(level2, other), other.id)
    assert not level2.sender.unblock(message_of(level2, other), other.id)
    assert [kind(enter(level2, each)) for each in (delivery, other)] == ["in", "in"]


def test_a_right_code_forgives_its_own_browser_and_no_guesser(level2: Level2, delivery: Delivery) -> None:
    for n in range(WRONG_MOST - 3):
        enter(level2, delivery, f"verkeerd {n}", "guesser")
    for round_ in range(3):
        assert enter(level2, delivery, "typefout", BROWSER) == Refused("wrong", tries_left=2)
        assert kind(enter(level2, delivery)) == "in", round_
    left = [kind(enter(level2, delivery, f"nog {n}", "guesser")) for n in range(3)]
    assert left == ["wrong", "wrong", "locked"]


def test_a_delivery_that_opens_otherwise_counts_nothing(level2: Level2, delivery: Delivery) -> None:
    (low,) = level2.seal(RECIPIENT, level=1)
    for n in range(30):
        assert kind(enter(level2, low, f"verkeerd {n}")) == "wrong"
    assert kind(enter(level2, delivery)) == "in"


def test_what_is_typed_while_another_code_is_set_counts_for_neither(
    level2: Level2, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zegel.unlock import passwords

    real = passwords.password_hash

    def meanwhile(password: str, salt: bytes) -> bytes:
        found = real(password, salt)
        monkeypatch.setattr(passwords, "password_hash", real)
        agree(level2, delivery, "paarse fiets 7731")
        return found

    monkeypatch.setattr(passwords, "password_hash", meanwhile)
    assert kind(enter(level2, delivery)) == "busy"
    assert kind(enter(level2, delivery)) == "wrong" and kind(enter(level2, delivery, "paarse fiets 7731")) == "in"
