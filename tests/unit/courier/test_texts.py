"""SMS on their way: accepted, put off, refused, without an answer, reported; and a courier that dies at every step."""

from __future__ import annotations

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_BROWSER, OTHER_NUMBER, Killed, Level2, killed
from zegel.delivery_error import DeliveryError
from zegel.sms.gateway import Message
from zegel.unlock.sms_codes import CODE_SECONDS, Progress
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery
from zegel_courier.sms_lane import delay

DOWN = DeliveryError(permanent=False, status="no connection", answer="")
REFUSED = DeliveryError(permanent=True, status="HTTP 400", answer="unknown subscriber")
SILENT = DeliveryError(permanent=False, status="no answer", answer="", unsure=True)


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    return level2.known(RECIPIENT)


def ask(level2: Level2, delivery: Delivery) -> str:
    return level2.codes.ask(delivery, BROWSER, "nl").kind


def progress(level2: Level2, delivery: Delivery) -> Progress:
    return level2.codes.progress(delivery, BROWSER)


def until(level2: Level2, seconds: float, step: float = 1.0) -> None:
    end = level2.clock() + seconds
    while level2.clock() < end:
        level2.clock.pass_(step)
        level2.run()


def test_the_page_is_told_each_step(level2: Level2, delivery: Delivery) -> None:
    assert progress(level2, delivery).kind == "none"
    ask(level2, delivery)
    asked = progress(level2, delivery)
    assert (asked.kind, asked.tries_left, asked.again_in) == ("waiting", 5, 30)
    assert asked.ends_at == level2.clock() + CODE_SECONDS
    level2.run()
    assert progress(level2, delivery).kind == "sent"
    level2.clock.pass_(31)
    assert progress(level2, delivery).again_in == 0
    assert level2.codes.report(level2.gateway.taken[0].reference, "delivered")
    assert progress(level2, delivery).kind == "delivered"
    assert level2.events()[-3:] == ["code asked", "code sent", "code delivered"]


def test_another_browser_sees_nothing_of_it(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    assert level2.codes.progress(delivery, OTHER_BROWSER).kind == "none"


def test_a_gateway_that_is_down_for_five_minutes_loses_no_code_and_gets_each_once(level2: Level2) -> None:
    deliveries = [level2.known(f"r{n}@post.example", f"+316123459{n:02}") for n in range(20)]
    level2.gateway.refusal = DOWN
    for delivery in deliveries:
        assert ask(level2, delivery) == "sent"
    until(level2, 300)
    for delivery in deliveries:
        assert progress(level2, delivery).kind == "trouble"
        assert ask(level2, delivery) == "waiting", "pressing again adds nothing"
    level2.gateway.refusal = None
    until(level2, 30)
    assert sorted(sms.number for sms in level2.gateway.taken) == sorted(f"+316123459{n:02}" for n in range(20))
    assert {progress(level2, delivery).kind for delivery in deliveries} == {"sent"}


def test_the_reference_is_the_same_at_each_try_and_nobody_can_guess_it(level2: Level2, delivery: Delivery) -> None:
    seen: list[str] = []
    level2.gateway.before = lambda sms: seen.append(sms.reference)
    level2.gateway.refusal = DOWN
    ask(level2, delivery)
    until(level2, 60)
    assert len(seen) > 3 and len(set(seen)) == 1
    assert len(seen[0]) == 32 and int(seen[0], 16)
    assert level2.gateway.refusal is DOWN and f"/sms-report/{seen[0]}" in _url(level2, delivery)


def _url(level2: Level2, delivery: Delivery) -> str:
    level2.gateway.refusal = None
    until(level2, 30)
    return level2.gateway.taken[0].report_url


def test_a_code_that_could_not_leave_in_time_is_not_sent_late(level2: Level2, delivery: Delivery) -> None:
    level2.gateway.refusal = DOWN
    ask(level2, delivery)
    until(level2, CODE_SECONDS, step=10)
    level2.gateway.refusal = None
    until(level2, 120)
    assert level2.gateway.taken == [] and level2.due() == []
    assert progress(level2, delivery).kind == "none"
    assert ask(level2, delivery) == "sent"
    level2.run()
    assert len(level2.gateway.taken) == 1


def test_a_refusal_for_good_is_told_to_the_page_and_the_sender_once_a_day(level2: Level2, delivery: Delivery) -> None:
    level2.gateway.refusal = REFUSED
    for _ in range(3):
        ask(level2, delivery)
        level2.run()
        assert progress(level2, delivery).kind == "failed"
        level2.clock.pass_(31)
    assert len(level2.letters(SENDER)) == 1
    assert "+3******954" in level2.text(SENDER) and NUMBER not in level2.text(SENDER)


def test_without_an_answer_nothing_is_repeated_by_itself_and_a_press_sends_the_same_code(
    level2: Level2, delivery: Delivery
) -> None:
    """It may have been sent: a second SMS would be ours, so the recipient decides."""
    arrived: list[Message] = []
    level2.gateway.before = arrived.append
    level2.gateway.refusal = SILENT
    ask(level2, delivery)
    until(level2, 29)
    assert len(arrived) == 1 and progress(level2, delivery).kind == "unsure"
    level2.clock.pass_(2)
    level2.gateway.refusal = None
    assert ask(level2, delivery) == "again"
    level2.run()
    assert level2.gateway.taken[0].text == arrived[0].text
    assert level2.gateway.taken[0].reference != arrived[0].reference


def test_a_report_clears_a_doubt(level2: Level2, delivery: Delivery) -> None:
    seen: list[str] = []
    level2.gateway.before = lambda sms: seen.append(sms.reference)
    level2.gateway.refusal = SILENT
    ask(level2, delivery)
    level2.run()
    assert level2.codes.report(seen[0], "DELIVRD")
    assert progress(level2, delivery).kind == "delivered"


def test_a_gateway_that_drops_repeats_is_asked_again(level2: Level2, delivery: Delivery) -> None:
    settings = level2.core.settings
    object.__setattr__(level2.texts, "_settings", settings.sms.model_copy(update={"repeats": True}))
    level2.gateway.refusal = SILENT
    ask(level2, delivery)
    until(level2, 60)
    assert progress(level2, delivery).kind == "trouble"
    level2.gateway.refusal = None
    until(level2, 30)
    assert len(level2.gateway.taken) == 1


def test_a_report_that_overtakes_the_answer_stays(level2: Level2, delivery: Delivery) -> None:
    level2.gateway.before = lambda sms: level2.codes.report(sms.reference, "kannel-1")
    ask(level2, delivery)
    level2.run()
    assert progress(level2, delivery).kind == "delivered"


@pytest.mark.parametrize("status", ["", "buffered", "1", "2", "kannel-4", "kannel-8", "kannel-", "sent", "x" * 500])
def test_steps_on_the_way_and_nonsense_change_nothing(level2: Level2, delivery: Delivery, status: str) -> None:
    ask(level2, delivery)
    level2.run()
    assert level2.codes.report(level2.gateway.taken[0].reference, status)
    assert progress(level2, delivery).kind == "sent"


def test_a_report_about_nothing_of_ours_is_refused(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    level2.run()
    assert not level2.codes.report("0" * 32, "failed")
    assert not level2.codes.report("", "failed")
    assert progress(level2, delivery).kind == "sent"


def test_a_failed_report_tells_the_sender_and_a_second_word_changes_nothing(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    level2.run()
    reference = level2.gateway.taken[0].reference
    for status in ("failed", "delivered", "failed"):
        level2.codes.report(reference, status)
    level2.run()
    assert progress(level2, delivery).kind == "failed"
    assert len(level2.letters(SENDER)) == 1


@pytest.mark.parametrize("what", ["recalled", "used", "stopped", "number changed", "number forgotten"])
def test_what_is_not_wanted_any_more_is_not_sent(level2: Level2, delivery: Delivery, what: str) -> None:
    level2.gateway.refusal = DOWN
    ask(level2, delivery)
    level2.run()
    if what == "recalled":
        message = level2.store.message(delivery.message_id)
        assert message is not None
        level2.sender.recall(message, None)
    elif what == "used":
        (code,) = level2.store.challenges.codes(delivery.id)
        level2.store.write(lambda: level2.store.challenges.use(code.id, level2.clock()))
    elif what == "stopped":
        level2.core.feedback.not_mine(delivery, "number")
    elif what == "number changed":
        level2.phonebook.give(RECIPIENT, OTHER_NUMBER, SENDER)
    else:
        level2.phonebook.forget(RECIPIENT, "administrator")
    level2.gateway.refusal = None
    until(level2, 120)
    assert level2.gateway.taken == []


def test_a_slow_gateway_holds_up_no_mail(level2: Level2, delivery: Delivery) -> None:
    """Mails and SMS are claimed apart, so that they can be sent beside each other."""
    ask(level2, delivery)
    level2.seal(OTHER)
    assert {item.kind for item in level2.claim("mail")} == {"number-request"}
    assert {item.kind for item in level2.claim("sms")} == {"sms"}


def test_what_breaks_is_set_aside_without_number_or_text(level2: Level2, delivery: Delivery) -> None:
    level2.gateway.refusal = ValueError(NUMBER)
    ask(level2, delivery)
    level2.run()
    (stuck,) = level2.store.outbox.list(["stuck"])
    assert stuck.error.startswith("ValueError at ") and NUMBER not in stuck.error
    assert progress(level2, delivery).kind == "unsure"


# Killed at every step.


def test_killed_after_the_claim(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    level2.claim("sms")
    again = level2.restart()
    again.run()
    assert len(again.gateway.taken) == 1 and progress(again, delivery).kind == "sent"
    again.core.close()


def test_killed_between_the_note_and_the_answer_sends_nothing_twice_and_says_so(
    level2: Level2, delivery: Delivery
) -> None:
    ask(level2, delivery)
    level2.gateway.before = killed
    with pytest.raises(Killed):
        level2.run()
    assert progress(level2, delivery).kind == "waiting"
    again = level2.restart()
    again.run()
    assert again.gateway.taken == [] and progress(again, delivery).kind == "unsure"
    again.clock.pass_(31)
    assert ask(again, delivery) == "again"
    again.run()
    assert len(again.gateway.taken) == 1
    opened = again.codes.enter(again.link(delivery), again.code(), BROWSER)
    assert isinstance(opened, Opened), "no code was lost"
    again.core.close()


def test_killed_between_the_answer_and_the_commit_sends_nothing_twice(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    level2.gateway.after = killed
    with pytest.raises(Killed):
        level2.run()
    again = level2.restart()
    again.run()
    assert again.gateway.taken == [], "the gateway had it"
    opened = again.codes.enter(again.link(delivery), level2.code(), BROWSER)
    assert isinstance(opened, Opened), "and it works"
    again.core.close()


def test_killed_after_a_try_that_failed_goes_on_trying(level2: Level2, delivery: Delivery) -> None:
    level2.gateway.refusal = DOWN
    ask(level2, delivery)
    level2.run()
    again = level2.restart()
    until(again, 30)
    assert len(again.gateway.taken) == 1
    again.core.close()


def test_delays_double_with_chance_up_to_twenty_seconds() -> None:
    assert 1 <= delay(0) <= 2
    assert 10 <= delay(60) <= 20
