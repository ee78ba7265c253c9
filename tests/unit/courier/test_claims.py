"""Claims of the outbox: they end with a lease, and what another has claimed since is left to that one."""

from __future__ import annotations

import pytest

from tests.support.cast import RECIPIENT, Built
from tests.unit.courier.test_drain import Courier
from zegel.delivery_error import DeliveryError
from zegel_courier.drain import LEASE
from zegel_courier.mail_lane import GIVE_UP_AFTER, TIME_TO_SEND


@pytest.fixture
def courier(built: Built) -> Courier:
    return Courier(built)


def test_a_claim_of_a_crashed_courier_is_taken_back_at_once_or_after_its_lease(courier: Courier) -> None:
    built, store = courier.built, courier.built.core.vault.store
    built.seal(RECIPIENT)
    assert store.write(lambda: store.outbox.claim("courier", built.clock(), LEASE, 50))
    assert courier.run() == []
    assert store.write(lambda: store.outbox.release("courier", built.clock())) == 1
    assert store.write(lambda: store.outbox.claim("courier", built.clock(), LEASE, 50))
    built.clock.pass_(LEASE + 1)
    assert len(courier.run()) == 1
    assert len(courier.postfix.mails) == 1


def test_an_item_that_waited_long_is_only_sent_while_it_is_still_ours(courier: Courier) -> None:
    built, outbox = courier.built, courier.outbox
    store = built.core.vault.store
    built.seal(RECIPIENT)
    (item,) = store.write(lambda: outbox.claim("courier", built.clock(), LEASE, 50))
    built.clock.pass_(LEASE - 1)
    assert store.write(lambda: outbox.renew(item, built.clock() + LEASE))
    built.clock.pass_(LEASE - 1)
    assert courier.run() == []
    built.clock.pass_(2)
    assert store.write(lambda: outbox.claim("another", built.clock(), LEASE, 50))
    assert not store.write(lambda: outbox.renew(item, built.clock() + LEASE))


@pytest.mark.parametrize("permanent", [True, False])
def test_what_another_has_sent_meanwhile_is_not_sent_again_by_who_stood_still(
    courier: Courier, permanent: bool
) -> None:
    """The host of one courier slept; in the middle of its mail, another claimed the mail and sent it."""
    built, outbox, store = courier.built, courier.outbox, courier.built.core.vault.store
    built.seal(RECIPIENT)
    (item,) = store.write(lambda: outbox.claim("slow", built.clock(), LEASE, 50))
    built.clock.pass_(LEASE + 1)
    assert len(courier.run()) == 1
    courier.postfix.refusal = DeliveryError(permanent=permanent, status="4.4.2", answer="closed")
    courier.mails.deliver(item)
    assert courier.states() == [("notification", "done")]
    courier.postfix.refusal = None
    built.clock.pass_(GIVE_UP_AFTER)
    assert courier.run() == [] and len(courier.postfix.mails) == 1


def test_a_mail_may_go_while_enough_of_its_lease_is_left(courier: Courier) -> None:
    built, store, asked = courier.built, courier.built.core.vault.store, courier.postfix.asked
    built.seal(RECIPIENT)
    courier.run()
    assert asked[0]()
    built.clock.pass_(LEASE - TIME_TO_SEND)
    assert not asked[0]()
    assert store.outbox.claim("another", built.clock(), LEASE, 50) == []
