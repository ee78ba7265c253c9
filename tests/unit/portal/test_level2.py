"""The portal at level 2 with the real core behind it, and a clock that is set by hand: the right page each time."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, Clock
from tests.support.level2 import NUMBER, Level2
from tests.unit.portal.portal_client import Answer, Client
from tests.unit.portal.test_code import visible
from zegel.delivery_error import DeliveryError
from zegel.unlock.sms_codes import CODE_SECONDS, TRIES, TRIES_IN_A_ROW
from zegel.vault.tables.records import Delivery
from zegel_portal.app import create_app

HOST = "127.0.0.1:8080"


class People:
    """Browsers at one portal."""

    def __init__(self, level2: Level2) -> None:
        core = level2.core
        self.level2 = level2
        self.app = create_app(core)

    def browser(self) -> Client:
        return Client(self.app, host=HOST)

    def path(self, delivery: Delivery) -> str:
        return f"/m/{self.level2.link(delivery)}"

    def ask(self, jan: Client, delivery: Delivery) -> str:
        """Asks for a code; the text of the page that follows."""
        path = self.path(delivery)
        answer = jan.submit(path, f"{path}/code")
        assert answer.status == 303
        self.level2.run()
        return visible(jan.get(answer.header("Location")).text)

    def enter(self, jan: Client, delivery: Delivery, code: str, form: str = "") -> Answer:
        """Types a code in the form that was shown, or in an older one."""
        path = self.path(delivery)
        csrf = form or self.form(jan, delivery)
        return jan.post(f"{path}/enter", {"csrf": csrf, "code": code})

    def form(self, jan: Client, delivery: Delivery) -> str:
        """What the form on the page brings back."""
        found = re.search(r'name="csrf" value="([^"]+)"', jan.get(f"{self.path(delivery)}/enter").text)
        assert found
        return found[1]


@pytest.fixture
def people(level2: Level2) -> People:
    return People(level2)


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    return level2.known(RECIPIENT)


@pytest.fixture
def clock(level2: Level2) -> Clock:
    return level2.clock


def test_from_the_link_to_the_message(people: People, delivery: Delivery, level2: Level2) -> None:
    jan = people.browser()
    assert "We send a code by SMS to +3******954." in visible(jan.get(people.path(delivery)).text)
    assert "We sent a code to +3******954." in people.ask(jan, delivery)
    answer = people.enter(jan, delivery, level2.code())
    assert answer.header("Location") == f"{people.path(delivery)}/message"
    assert "uitslag" in jan.get(answer.header("Location")).text


def test_another_browser_gets_a_page_of_its_own(people: People, delivery: Delivery, level2: Level2) -> None:
    jan, outsider = people.browser(), people.browser()
    people.ask(jan, delivery)
    assert "no code that works now" in visible(outsider.get(f"{people.path(delivery)}/enter").text)
    answer = people.enter(outsider, delivery, level2.code())
    assert answer.status == 422
    assert "another browser or on another device" in visible(answer.text)
    assert people.enter(jan, delivery, level2.code()).status == 303


def test_an_old_code_says_so_and_a_new_one_can_be_asked(
    people: People, delivery: Delivery, level2: Level2, clock: Clock
) -> None:
    jan = people.browser()
    people.ask(jan, delivery)
    code, form = level2.code(), people.form(jan, delivery)
    clock.pass_(CODE_SECONDS + 1)
    answer = people.enter(jan, delivery, code, form)
    assert "older than 10 minutes" in visible(answer.text)
    assert "Send a new code" in answer.text
    people.ask(jan, delivery)
    assert level2.code() != code
    assert people.enter(jan, delivery, level2.code()).status == 303


def test_a_code_that_was_used_is_of_no_use_to_who_kept_the_form(
    people: People, delivery: Delivery, level2: Level2
) -> None:
    jan = people.browser()
    people.ask(jan, delivery)
    kept, form = dict(jan.cookies), people.form(jan, delivery)
    people.enter(jan, delivery, level2.code())
    for path in ("", "/enter", "/enter?s=sent"):  # the back button
        assert jan.get(people.path(delivery) + path).header("Location").endswith("/message")
    thief = people.browser()
    thief.cookies = kept
    answer = people.enter(thief, delivery, level2.code(), form)
    assert answer.status == 422
    assert "used already" in visible(answer.text)
    assert thief.get(f"{people.path(delivery)}/message").status == 303


def test_a_code_of_another_message_is_only_a_wrong_code(
    people: People, delivery: Delivery, level2: Level2, clock: Clock
) -> None:
    other, jan = level2.known(OTHER, "+31687654321"), people.browser()
    people.ask(jan, delivery)
    code = level2.code()
    people.ask(jan, other)
    answer = people.enter(jan, other, code)
    assert answer.status == 422
    assert "This code is not right." in visible(answer.text)


def test_five_wrong_tries_end_a_code_and_25_lock_the_message(
    people: People, delivery: Delivery, level2: Level2, clock: Clock
) -> None:
    jan = people.browser()
    for round_ in range(TRIES_IN_A_ROW // TRIES):
        people.ask(jan, delivery)
        code, form = level2.code(), people.form(jan, delivery)
        wrong = "000000" if code != "000000" else "111111"
        answers = [people.enter(jan, delivery, wrong, form) for _ in range(TRIES)]
        assert "You can try once more." in visible(answers[-2].text)
        if round_ < TRIES_IN_A_ROW // TRIES - 1:
            assert "wrong five times" in visible(answers[-1].text)
            clock.pass_(24 * 3600)
    assert answers[-1].header("Location") == people.path(delivery)
    page = jan.get(people.path(delivery))
    assert "To protect you, no code works any more." in visible(page.text)

    anna, sender_page = people.browser(), sender_path(level2, delivery)
    assert f"{RECIPIENT} cannot get in" in visible(anna.get(sender_page).text)
    told = anna.submit(sender_page, f"{sender_page}/unblock", delivery=str(delivery.id), sure="yes").header("Location")
    assert "The recipient can try again." in visible(anna.get(told).text)
    assert "Send my code" in jan.get(people.path(delivery)).text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            DeliveryError(permanent=False, status="503", answer=""),
            "We cannot send SMS at this moment. We keep trying until",
        ),
        (DeliveryError(permanent=True, status="400", answer=""), "Your SMS cannot be delivered to +3******954."),
    ],
)
def test_the_page_is_honest_when_the_gateway_is_not_well(
    people: People, delivery: Delivery, level2: Level2, error: DeliveryError, said: str
) -> None:
    level2.gateway.refusal = error
    assert said in people.ask(people.browser(), delivery)


def test_the_page_is_honest_before_the_sms_has_left(people: People, delivery: Delivery) -> None:
    jan, path = people.browser(), people.path(delivery)
    jan.submit(path, f"{path}/code")
    assert "We are sending a code to" in visible(jan.get(f"{path}/enter").text)


def test_a_delivery_report_is_seen_on_the_page(people: People, delivery: Delivery, level2: Level2) -> None:
    jan = people.browser()
    people.ask(jan, delivery)
    reference = level2.gateway.taken[-1].reference
    assert jan.get(f"/sms-report/{reference}?status=DELIVRD", HTTP_HOST="10.0.0.1").status == 200
    assert "has arrived at +3******954" in visible(jan.get(f"{people.path(delivery)}/enter").text)


def test_not_my_number_and_the_senders_correction(people: People, delivery: Delivery, level2: Level2) -> None:
    jan, anna, path = people.browser(), people.browser(), people.path(delivery)
    jan.submit(f"{path}/not-mine", f"{path}/not-mine", why="number")
    assert "can correct your number" in visible(jan.get(path).text)
    sender_page = sender_path(level2, delivery)
    assert "is not the right number" in visible(anna.get(sender_page).text)
    field = f"number-{delivery.id}"
    answer = anna.submit(sender_page, f"{sender_page}/number", **{field: "06 87 65 43 21"}, sure="yes")
    assert answer.status == 303
    assert "Send my code" in jan.get(people.path(delivery)).text
    assert "+3******321" in jan.get(people.path(delivery)).text


def test_a_raised_level_ends_the_old_link(people: People, level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    old, sender_page, anna = people.path(delivery), sender_path(level2, delivery), people.browser()
    jan = people.browser()
    assert jan.get(old).status == 200
    asked = f"{sender_page}/raise?d={delivery.id}"
    told = anna.submit(asked, f"{sender_page}/raise", delivery=str(delivery.id), sure="yes")
    page = visible(anna.get(told.header("Location")).text)
    assert "The old link does not work any more." in page
    assert "We need a telephone number" in page
    assert jan.get(old).status == 404
    anna.submit(sender_page, f"{sender_page}/number", **{f"number-{delivery.id}": NUMBER}, sure="yes")
    assert "Send my code" in jan.get(people.path(delivery)).text


def test_a_sender_cannot_touch_another_message(people: People, delivery: Delivery, level2: Level2) -> None:
    (mine,) = level2.seal(OTHER, sender=SENDER)
    anna, page = people.browser(), sender_path(level2, mine)
    for path in ("recall", "again", "unblock", "raise"):
        anna.submit(page, f"{page}/{path}", delivery=str(delivery.id))
    anna.submit(page, f"{page}/number", **{f"number-{delivery.id}": "+31600000000"}, sure="yes")
    assert level2.now(delivery).state == "notified"
    assert level2.codes.number(delivery) == "+3******954"


def sender_path(level2: Level2, delivery: Delivery) -> str:
    """The sender's link of a delivery's message."""
    return urlsplit(level2.core.access.sender_link(delivery.message_id)).path
