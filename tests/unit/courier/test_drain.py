"""The courier's outbox: claimed, composed, submitted, done; put off, given up, set aside; taken back after a crash."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import peewee
import pytest
from click.testing import CliRunner

from tests.support.cast import NOW, OTHER, RECIPIENT, SENDER, Built, set_state
from tests.support.level2 import FakePostfix
from zegel.cli.main import main
from zegel.delivery_error import DeliveryError
from zegel.vault.headline import from_dict
from zegel.vault.marks import CLOCK_DOUBTED
from zegel.vault.tables.outbox_kinds import Lane
from zegel.vault.tables.records import OutboxItem
from zegel_courier.composer import Composer
from zegel_courier.drain import LEASE, Drain, delay
from zegel_courier.mail_lane import GIVE_UP_AFTER, Mails
from zegel_courier.steady_clock import SteadyClock
from zegel_courier.upkeep import upkeep

LANES: tuple[Lane, ...] = ("urgent", "mail")


class Courier:
    """A drain that is driven by hand."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.postfix = FakePostfix()
        self.outbox = built.core.vault.store.outbox
        self.mails = Mails(built.core, Composer(built.core), self.postfix)

    def run(self) -> list[OutboxItem]:
        store = self.built.core.vault.store
        items = []
        for lane in LANES:
            items += store.write(partial(store.outbox.claim, "courier", self.built.clock(), LEASE, 50, lane))
        for item in items:
            self.mails.deliver(item)
        return items

    def states(self) -> list[tuple[str, str]]:
        return [(item.kind, item.state) for item in self.outbox.list(["due", "claimed", "done", "stuck"])]


@pytest.fixture
def courier(built: Built) -> Courier:
    return Courier(built)


def test_each_recipient_gets_a_mail_from_the_sender_with_a_link_of_his_own(courier: Courier) -> None:
    one, other = courier.built.seal(RECIPIENT, OTHER)
    courier.run()
    assert {(sender, to) for sender, to, _ in courier.postfix.mails} == {(SENDER, RECIPIENT), (SENDER, OTHER)}
    for delivery in (one, other):
        (mail,) = [mail for _, to, mail in courier.postfix.mails if to == delivery.recipient]
        text = mail.replace(b"=\r\n", b"").replace(b"=3D", b"=")
        assert courier.built.link(delivery).encode() in text
        assert b"111222333" not in text
    assert courier.states() == [("notification", "done")] * 2
    assert courier.run() == []


def test_a_password_is_sent_from_the_organisation_and_forgotten_from_the_outbox(courier: Courier) -> None:
    (delivery,) = courier.built.seal(RECIPIENT)
    courier.run()
    courier.built.core.passwords.ask(delivery, "", "nl")
    (password,) = courier.built.passwords_sent()
    courier.run()
    sender, recipient, mail = courier.postfix.mails[-1]
    assert (sender, recipient) == ("no-reply@kliniek.example", RECIPIENT)
    assert password[:4].encode() in mail
    assert all(item.payload == b"" for item in courier.outbox.list(["done"]))


def test_a_mail_without_date_and_message_id_gets_both_and_keeps_them_when_it_is_sent_twice(courier: Courier) -> None:
    courier.built.seal(RECIPIENT)  # an original without either
    (item,) = courier.run()
    courier.built.clock.pass_(60)
    courier.mails.deliver(item)
    (first, second) = (mail.split(b"\r\n\r\n")[0] for _, _, mail in courier.postfix.mails)
    assert b"Date: Fri, 15 Jan 2027 09:00:00 +0100\r\nMessage-ID: <" in first
    assert first == second


def test_a_temporary_refusal_is_tried_again_later(courier: Courier) -> None:
    courier.built.seal(RECIPIENT)
    courier.postfix.refusal = DeliveryError(permanent=False, status="4.3.0", answer="450 4.3.0 busy")
    courier.run()
    assert courier.states() == [("notification", "due")]
    assert courier.run() == []
    courier.postfix.refusal = None
    courier.built.clock.pass_(30)
    courier.run()
    assert courier.states() == [("notification", "done")]


def test_a_permanent_refusal_is_told_to_the_sender(courier: Courier) -> None:
    courier.built.seal(RECIPIENT)
    courier.postfix.refusal = DeliveryError(permanent=True, status="5.1.1", answer="550 5.1.1 no such user")
    courier.run()
    courier.postfix.refusal = None
    courier.run()
    ((sender, recipient, mail),) = courier.postfix.mails
    assert (sender, recipient) == ("", SENDER)
    assert b"multipart/report" in mail and b"5.1.1" in mail
    kinds = [event.kind for event in courier.built.core.vault.store.audit_log.events()]
    assert kinds == ["sealed", "could not be delivered"]


def test_what_cannot_be_delivered_for_five_days_is_told_too(courier: Courier) -> None:
    courier.built.seal(RECIPIENT)
    courier.postfix.refusal = DeliveryError(permanent=False, status="4.4.1", answer="no connection")
    courier.run()
    courier.built.clock.pass_(GIVE_UP_AFTER)
    courier.run()
    courier.postfix.refusal = None
    courier.run()
    assert [(sender, to) for sender, to, _ in courier.postfix.mails] == [("", SENDER)]


def test_what_breaks_is_set_aside_with_its_kind_and_no_content(courier: Courier) -> None:
    courier.built.seal(RECIPIENT)
    courier.postfix.refusal = ValueError("BSN 111222333")
    courier.run()
    (item,) = courier.outbox.list(["stuck"])
    assert item.error.startswith("ValueError at ") and "111222333" not in item.error


def test_a_notification_without_its_day_key_waits_for_a_person(courier: Courier) -> None:
    built = courier.built
    built.seal(RECIPIENT)
    built.core.vault.keyring.destroy_before("9999-12-31")
    courier.run()
    assert courier.states() == [("notification", "stuck")]


def test_the_sender_hears_of_a_failure_before_a_short_lived_message_is_gone(courier: Courier) -> None:
    built = courier.built
    built.seal(RECIPIENT, days=1)
    courier.postfix.refusal = DeliveryError(permanent=False, status="4.4.1", answer="no connection")
    courier.run()
    built.clock.pass_(23 * 3600)
    courier.run()
    courier.postfix.refusal = None
    courier.run()
    assert [(sender, to) for sender, to, _ in courier.postfix.mails] == [("", SENDER)]


def test_a_date_that_jumped_ahead_is_doubted_until_a_person_believes_it(built: Built) -> None:
    store = built.core.vault.store
    clock = SteadyClock(store)
    assert clock.believed(NOW) and clock.believed(NOW + 86_400)
    wrong = NOW + 41 * 86_400
    assert not clock.believed(wrong) and store.marks.get(CLOCK_DOUBTED)
    assert not SteadyClock(store).believed(wrong + 30 * 3600), "a restart and time change nothing"
    assert clock.believed(NOW + 2 * 86_400) and not store.marks.get(CLOCK_DOUBTED), "corrected meanwhile"
    assert not clock.believed(wrong)
    built.clock.now = wrong
    done = CliRunner().invoke(main, ["clock", "accept", "--yes", "--config", str(built.folder / "zegel.yaml")])
    assert done.exit_code == 0, done.output
    assert store.marks.get(CLOCK_DOUBTED) == "" and "date accepted" in [e.kind for e in store.audit_log.events()]
    assert clock.believed(NOW - 400 * 86_400), "a step back destroys nothing"


def test_nothing_is_given_up_while_the_date_is_doubted(courier: Courier) -> None:
    built, store = courier.built, courier.built.core.vault.store
    clock = SteadyClock(store)
    built.seal(RECIPIENT)
    courier.postfix.refusal = DeliveryError(permanent=False, status="4.4.1", answer="no connection")
    assert clock.believed(built.clock())
    courier.run()
    built.clock.pass_(20 * 86_400)
    assert not clock.believed(built.clock())
    courier.run()
    assert courier.states() == [("notification", "due")]
    built.clock.pass_(-20 * 86_400 + 3600)
    assert clock.believed(built.clock())
    courier.postfix.refusal = None
    courier.run()
    assert [to for _, to, _ in courier.postfix.mails] == [RECIPIENT]


def test_a_recalled_delivery_is_not_notified(courier: Courier) -> None:
    (delivery,) = courier.built.seal(RECIPIENT)
    store = courier.built.core.vault.store
    store.write(lambda: set_state(store, delivery.id, "recalled"))
    courier.run()
    assert courier.postfix.mails == [] and courier.states() == [("notification", "done")]


def test_upkeep_expires_shreds_and_destroys_the_day_key(courier: Courier) -> None:
    built = courier.built
    (delivery,) = built.seal(RECIPIENT, days=1)
    built.clock.pass_(2 * 86_400)
    upkeep(built.core)
    upkeep(built.core)
    found = built.core.vault.store.delivery(delivery.id)
    assert found is not None and found.state == "expired"
    kinds = [event.kind for event in built.core.vault.store.audit_log.events()]
    assert kinds == ["sealed", "expired", "day key destroyed"]
    assert courier.run() == []


def test_delays_double_with_chance_up_to_half_an_hour() -> None:
    assert 2.5 <= delay(0) <= 5
    assert 20 <= delay(3) <= 40
    assert 900 <= delay(60) <= 1800
    assert len({delay(3) for _ in range(20)}) > 10


@pytest.mark.parametrize(("hidden", "told"), [(True, ""), (False, "BSN 111222333"), (None, "BSN 111222333")])
def test_a_subject_that_holds_something_sensitive_is_told_to_nobody(hidden: bool | None, told: str) -> None:
    headline = {"subject": "BSN 111222333"} | ({} if hidden is None else {"hide_subject": hidden})
    assert from_dict(headline).told_subject == told


def wait_for(something: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not something() and time.monotonic() < until:
        time.sleep(0.01)


class Away(peewee.OperationalError):
    """The database does not answer."""


def test_what_the_database_failed_on_is_neither_lost_nor_a_persons_work(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes out a moment later, and not only when its lease ends."""
    built.seal(RECIPIENT)
    store, postfix = built.core.vault.store, FakePostfix()
    drain = Drain(built.core, "mail", lambda: Mails(built.core, Composer(built.core), postfix), "courier", 1)
    drain.start()
    failed = threading.Event()

    def away(*_: object) -> None:
        failed.set()
        raise Away

    with monkeypatch.context() as broken:
        broken.setattr(type(store), "sealed_headline", away)
        assert drain.claim() == 1
        assert failed.wait(60)
        wait_for(lambda: drain._unfinished)
    assert drain.claim() == 0
    (item,) = store.outbox.list(["due"])
    assert NOW < item.next_try < NOW + LEASE / 2 and not postfix.mails
    built.clock.pass_(LEASE / 2)
    assert drain.claim() == 1
    wait_for(lambda: postfix.mails)
    drain.stop()
    assert len(postfix.mails) == 1 and list(store.outbox.list(["due", "claimed", "stuck"])) == []
