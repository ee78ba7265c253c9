"""The pages on which recipients answer each other, and the sender's choice; with the real core."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, Built
from tests.unit.conversations.reply_form import HOST, Writer, csrf_of
from tests.unit.conversations.replying import written
from tests.unit.conversations.replying_to_all import THIRD, Circle, circle_in
from tests.unit.portal.portal_client import Client
from zegel.message.reader import Reader
from zegel.unlock.access import sender_token
from zegel.vault.tables.records import Delivery
from zegel_portal.app import create_app


@pytest.fixture
def circle(tmp_path: Path, reader: Reader) -> Iterator[Circle]:
    with circle_in(tmp_path, reader) as made:
        yield made


def ticked(page: str) -> list[str]:
    return re.findall(r'name="to-\d+" value="([^"]+)" checked', page)


def offered(page: str) -> list[str]:
    return re.findall(r'name="to-\d+" value="([^"]+)"', page)


def opened(circle: Circle, delivery: Delivery) -> Writer:
    writer = Writer(circle.level2.built)
    writer.unlock(delivery)
    return writer


def sender_page(built: Built, delivery: Delivery) -> str:
    return f"/s/{sender_token(built.core.vault.keys.link, delivery.message_id)}"


def test_the_sender_alone_is_answered_until_others_are_ticked(circle: Circle) -> None:
    jan, *_ = circle.seal()
    writer = opened(circle, jan)
    page = writer.client.get(f"{writer.path(jan)}/message").text
    assert "Reply to all" in page and f'{writer.path(jan)}/reply?all=1"' in page
    form = writer.client.get(f"{writer.path(jan)}/reply").text
    assert offered(form) == [OTHER, THIRD] and ticked(form) == []
    assert "Anyone you tick can read your reply and your files" in form
    assert ticked(writer.client.get(f"{writer.path(jan)}/reply?all=1").text) == [OTHER, THIRD]
    sent = writer.write(jan, "Dank u", to=[OTHER])
    assert sent.header("Location").endswith("/conversation?s=sent")
    circle.level2.run()
    shown = writer.client.get(f"{writer.path(jan)}/conversation").text
    assert f"Also to {OTHER}" in shown and "Also to the other recipients" in shown
    (hers,) = circle.shared(jan)
    eva = opened(circle, hers)
    landing = Client(create_app(circle.core), host=HOST).get(eva.path(hers)).text
    assert "Jan Jansen via De Kliniek" in landing and "no-reply@kliniek.example" in landing
    assert "anna@kliniek.example" not in landing
    assert "Dank u" in eva.client.get(f"{eva.path(hers)}/body").text
    assert offered(eva.client.get(f"{eva.path(hers)}/reply").text) == [RECIPIENT]


def test_reply_to_all_ticks_colleagues_too_and_nobody_it_may_not(circle: Circle) -> None:
    jan, *_ = circle.seal(RECIPIENT, OTHER, THIRD, raw=written())
    writer = opened(circle, jan)
    assert ticked(writer.client.get(f"{writer.path(jan)}/reply?all=1").text) == [COLLEAGUE, OTHER]
    circle.recall(circle.store.deliveries.of_message(jan.message_id)[0])
    assert ticked(writer.client.get(f"{writer.path(jan)}/reply?all=1").text) == [COLLEAGUE]


@pytest.mark.parametrize("to", ["slachtoffer@post.example", THIRD, "eva@elders.example.post.example"])
def test_a_forged_form_sends_nothing_and_keeps_the_text(circle: Circle, to: str) -> None:
    jan, *_ = circle.seal(RECIPIENT, OTHER, THIRD, raw=written())
    writer = opened(circle, jan)
    answer = writer.write(jan, "kersenbloesem", to=[OTHER, to])
    assert answer.status == 422 and "Your reply cannot go to one of these people" in answer.text
    assert "kersenbloesem" in answer.text and ticked(answer.text) == [OTHER] and to not in answer.text
    assert "reply-to-all" not in circle.level2.due() and "reply" not in circle.level2.due()
    assert ticked(writer.client.get(f"{writer.path(jan)}/reply").text) == [OTHER]


def test_nothing_of_it_shows_where_it_is_not_allowed(circle: Circle) -> None:
    jan, *_ = circle.seal(allowed=None)
    writer = opened(circle, jan)
    for page in ("message", "reply", "reply?all=1", "conversation"):
        text = writer.client.get(f"{writer.path(jan)}/{page}").text
        assert "Reply to all" not in text and "other recipients" not in text and offered(text) == []
    assert writer.write(jan, "hoi", to=[OTHER]).status == 422


def test_who_did_not_get_it_is_named_without_a_reason(circle: Circle) -> None:
    jan, eva, _ = circle.seal()
    writer = opened(circle, jan)
    writer.write(jan, "Dank u", to=[OTHER])
    circle.store.write(lambda: circle.store.deliveries.stop(eva.id, "person", circle.level2.clock()))
    circle.level2.run()
    shown = writer.client.get(f"{writer.path(jan)}/conversation").text
    assert f"{OTHER} did not get your reply. Is it important? Then call De Kliniek." in shown


def test_the_sender_allows_and_stops_it_on_the_page(circle: Circle) -> None:
    jan, *_ = circle.seal(allowed=None)
    path, browser = sender_page(circle.level2.built, jan), Client(create_app(circle.core), host=HOST)
    page = browser.get(path)
    assert "They cannot reply to each other." in page.text and circle.others(jan) == []
    assert browser.post(f"{path}/to-all", {"csrf": "x" * 43, "allow": "yes", "sure": "yes"}).status == 403
    assert circle.others(jan) == []
    allowed = browser.post(f"{path}/to-all", {"csrf": csrf_of(page), "allow": "yes", "sure": "yes"})
    assert "Recipients can reply to each other now." in browser.get(allowed.header("Location")).text
    assert circle.others(jan) == [OTHER, THIRD]
    page = browser.get(path)
    assert "Allow replies to me only" in page.text
    browser.post(f"{path}/to-all", {"csrf": csrf_of(page), "allow": "", "sure": "yes"})
    assert circle.others(jan) == []


def test_the_page_about_a_shared_reply_says_whose_it_is_and_has_no_choice(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.send(jan, OTHER)
    circle.level2.run()
    (hers,) = circle.shared(jan)
    browser, path = Client(create_app(circle.core), host=HOST), sender_page(circle.level2.built, hers)
    page = browser.get(path)
    assert "replied on the secure page, to you and to others" in page.text and "/to-all" not in page.text
    browser.post(f"{path}/to-all", {"csrf": csrf_of(page), "allow": "no", "sure": "yes"})
    assert circle.others(hers) == [RECIPIENT]


def test_the_sender_is_not_asked_for_what_they_did_not_write(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.send(jan, OTHER)
    circle.level2.run()
    (hers,) = circle.shared(jan)
    message = circle.store.message(hers.message_id)
    assert message is not None
    circle.core.sender.recall(message, hers.id)
    browser, path = Client(create_app(circle.core), host=HOST), Writer(circle.level2.built).path(hers)
    page = browser.get(path)
    assert page.status == 410 and "gets an e-mail and can send it again" not in page.text
    assert "ask-sender" not in circle.level2.due()
