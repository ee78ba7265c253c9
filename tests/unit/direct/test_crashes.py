"""A courier killed at each step, and a mail server of ours that fails: one kind of mail or the other, never both."""

from __future__ import annotations

import pytest

from tests.support.cast import RECIPIENT
from tests.support.direct.by_hand import DELIVERED, REFUSED, UNPROVEN, ByHand
from tests.support.level2 import Killed, Level2, killed
from zegel.delivery_error import DeliveryError

HOUR = 3600.0


@pytest.fixture
def direct(level2: Level2) -> ByHand:
    return ByHand(level2)


def test_killed_before_the_attempt_it_goes_out_once(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.store.write(lambda: direct.store.outbox.claim("courier direct", direct.clock(), 600, 5, "direct"))
    again = direct.restart()
    again.run()
    again.reported(DELIVERED)
    assert (len(again.taken.mails), again.state(delivery)) == (1, "delivered")
    again.core.close()


def test_killed_in_the_moment_of_handing_over_the_report_decides(direct: ByHand) -> None:
    """Postfix had it: no second mail of any kind, and no notification beside it."""
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.after = killed
    with pytest.raises(Killed):
        direct.run()
    sender = direct.taken.mails[0][0]
    again = direct.restart()
    again.run()
    again.level2.run()
    assert (again.taken.mails, again.level2.postfix.mails) == ([], [])
    again.take(sender, DELIVERED)
    again.clock.pass_(5 * HOUR)
    again.run()
    again.level2.run()
    assert (again.taken.mails, again.level2.postfix.mails, again.state(delivery)) == ([], [], "delivered")
    again.core.close()


def test_killed_there_with_a_report_that_comes_before_the_restart(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.after = killed
    with pytest.raises(Killed):
        direct.run()
    direct.reported(UNPROVEN)
    again = direct.restart()
    again.run()
    again.level2.run()
    assert (again.taken.mails, len(again.level2.postfix.mails)) == ([], 1)
    assert again.state(delivery) == "notified"
    again.core.close()


def test_killed_just_before_postfix_had_it_it_is_handed_over_after_two_minutes(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.refusal = Killed()  # type: ignore[assignment]
    with pytest.raises(Killed):
        direct.run()
    again = direct.restart()
    again.run()
    assert again.taken.mails == []
    again.clock.pass_(121)
    again.run()
    again.reported(DELIVERED)
    assert (len(again.taken.mails), again.state(delivery)) == (1, "delivered")
    again.core.close()


def test_killed_after_acceptance_was_noted_the_report_decides(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    sender = direct.taken.mails[0][0]
    again = direct.restart()
    again.run()
    again.clock.pass_(HOUR)
    again.run()
    assert again.taken.mails == []
    again.take(sender, REFUSED)
    again.level2.run()
    assert (again.state(delivery), len(again.level2.postfix.mails)) == ("notified", 1)
    again.core.close()


# Our own mail server.


def test_what_our_own_listener_refuses_is_notified(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.refusal = DeliveryError(permanent=False, status="4.4.1", answer="no connection")
    direct.run()
    assert direct.state(delivery) == "notified"


def test_what_it_may_have_taken_waits_for_the_report(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.refusal = DeliveryError(permanent=False, status="4.4.1", answer="lost", unsure=True)
    direct.run()
    assert (direct.state(delivery), direct.level2.due()) == ("direct", ["direct"])
    direct.run()
    assert direct.state(delivery) == "direct"


def test_a_fault_of_ours_before_anything_left_ends_in_a_notification(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.proofs.known = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    direct.run()
    assert (direct.state(delivery), direct.taken.mails) == ("notified", [])


def test_a_fault_in_the_moment_of_handing_over_waits_for_the_report(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.taken.after = lambda _: 1 / 0
    direct.run()
    assert (direct.state(delivery), direct.level2.due()) == ("direct", ["direct"])
    direct.reported(DELIVERED)
    direct.clock.pass_(HOUR)
    direct.run()
    assert (direct.state(delivery), len(direct.taken.mails)) == ("delivered", 1)
