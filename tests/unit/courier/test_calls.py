"""Codes that are said in a call to a landline: to whom, what, counted and told as an SMS is, by a real HTTP server."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import RECIPIENT, SENDER, build
from tests.support.level2 import BROWSER, NUMBER, Level2
from tests.unit.conversations.reply_form import HOST
from tests.unit.portal.portal_client import Client
from tests.unit.portal.test_code import visible
from tests.unit.sms.sms_listener import OK, Listener, body_of
from zegel.sms.gateways import gateway_of
from zegel.unlock.access import sender_token
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery
from zegel_courier.sms_lane import Texts
from zegel_portal.app import create_app

LANDLINE, MASKED = "+31201234567", "+3******567"
SAID = "De code is: {} Nog een keer: {} Geef deze code aan niemand."
WORDS = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nno number"
BUSY = b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"


class Service:
    """A service that calls: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.says = OK
        self.there = Listener(lambda connection, _: connection.sendall(self.says))

    def calls(self) -> list[dict[str, str]]:
        return [json.loads(body_of(each)) for each in self.there.requests]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.there.close()


@pytest.fixture
def home(tmp_path: Path, service: Service) -> Iterator[Level2]:
    (tmp_path / "key").write_text("geheim-van-de-dienst")
    (tmp_path / "key").chmod(0o600)
    settings = f"""\
sms:
  gateway: folder
  folder: sms
  repeats: true
  voice:
    url: {service.there.url}
    headers: {{Authorization: "Bearer {{key}}"}}
    secrets: {{key: key}}
    json_body: {{to: "{{number}}", say: "{{text}}", voice: "{{language}}", ref: "{{reference}}",
                 report: "{{report_url}}"}}
phones: {{country: NL, allowed: [NL, BE, DE, FR, LU, GB]}}
"""
    level2 = Level2(build(tmp_path, settings))
    gateway = gateway_of(level2.core.settings.sms)
    assert gateway is not None
    level2.texts = Texts(level2.core, gateway)
    yield level2
    level2.core.close()


def code_in(said: str) -> str:
    words = re.search(r"De code is: (.+?) Nog een keer: (.+?) Geef", said)
    assert words and words[1] == words[2], "it is said twice"
    return "".join(str(WORDS.index(each)) for each in words[1].replace(".", "").split())


def words_of(mail: str) -> str:
    """The text without its links, whose random letters may be any word."""
    return " ".join(re.sub(r"https?://\S+", "", mail).split())


def ask(home: Level2, delivery: Delivery) -> str:
    kind = home.codes.ask(delivery, BROWSER, "nl").kind
    home.run()
    return kind


def test_a_landline_is_called_and_the_code_that_is_said_opens_the_message(home: Level2, service: Service) -> None:
    delivery = home.known(RECIPIENT, LANDLINE)
    assert ask(home, delivery) == "sent"
    (call,) = service.calls()
    assert call["to"] == LANDLINE and call["voice"] == "nl-NL"
    assert not re.search(r"[0-9@#<>&]", call["say"]), "words, and nothing of the line for phones"
    assert call["report"].endswith("/" + call["ref"])
    assert home.codes.progress(delivery, BROWSER).kind == "sent"
    assert home.codes.report(call["ref"], "completed")
    assert home.codes.progress(delivery, BROWSER).kind == "delivered"
    assert isinstance(home.codes.enter(home.link(delivery), code_in(call["say"]), BROWSER), Opened)
    assert not (home.built.folder / "sms").exists(), "and no SMS"


def test_a_mobile_phone_still_gets_an_sms(home: Level2, service: Service) -> None:
    delivery = home.known(RECIPIENT, NUMBER)
    assert ask(home, delivery) == "sent"
    assert service.there.requests == []
    (sms,) = (home.built.folder / "sms" / NUMBER).glob("*.txt")
    assert re.search(r"#\d{6}$", sms.read_text())


def test_calls_are_counted_as_sms_are(home: Level2, service: Service) -> None:
    delivery = home.known(RECIPIENT, LANDLINE)
    kinds = []
    for _ in range(5):
        kinds.append(ask(home, delivery))
        home.clock.pass_(31)
    assert kinds == ["sent", "again", "again", "limit", "limit"] and len(service.calls()) == 3
    assert len({call["say"] for call in service.calls()}) == 1, "the same code"


@pytest.mark.parametrize(
    "answer", [REFUSED, BUSY, b"", b"\x00garbage\r\n\r\n"], ids=["no", "later", "silent", "garbage"]
)
def test_whatever_the_service_answers_no_log_has_code_number_or_secret(
    home: Level2, service: Service, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    service.says = answer
    delivery = home.known(RECIPIENT, LANDLINE)
    ask(home, delivery)
    call = service.calls()[0]
    code = code_in(call["say"])
    assert not re.search(rf"(?<!\d){code}(?!\d)", caplog.text), "beside the numbers of rows, which are random"
    for secret in (LANDLINE, LANDLINE[1:], call["say"], "geheim-van-de-dienst", call["ref"]):
        assert secret not in caplog.text
    expected = {REFUSED: "failed", BUSY: "trouble"}.get(answer, "unsure")
    assert home.codes.progress(delivery, BROWSER).kind == expected
    home.clock.pass_(25)
    home.run()
    again = len(service.calls())
    assert (again > 1) == (answer == BUSY), "only a call that was surely not made is tried again, even with `repeats`"


def test_a_call_that_cannot_be_made_is_told_to_the_sender_in_these_words(home: Level2, service: Service) -> None:
    service.says = REFUSED
    ask(home, home.known(RECIPIENT, LANDLINE))
    home.run()
    told = words_of(home.text(SENDER))
    assert MASKED in told and LANDLINE not in told and "bellen" in told
    assert not re.search(r"\bsms\b", told, re.IGNORECASE)


def test_the_notification_and_the_pages_say_that_we_call(home: Level2, service: Service) -> None:
    delivery = home.known(RECIPIENT, LANDLINE)
    mail = words_of(home.text(RECIPIENT))
    assert "We bellen u op uw telefoon en zeggen de code." in mail
    assert not re.search(r"\bsms\b", mail, re.IGNORECASE)
    browser = Client(create_app(home.core), host=HOST, language="nl")
    path = f"/m/{home.link(delivery)}"
    landing = visible(browser.get(path).text)
    assert f"We bellen {MASKED} en zeggen een code." in landing and "Bel mij" in landing
    browser.submit(path, f"{path}/code")
    seen = [landing, visible(browser.get(f"{path}/enter").text)]
    assert f"We bellen {MASKED} nu." in seen[-1]
    home.run()
    seen.append(visible(browser.submit(f"{path}/enter", f"{path}/enter", code="x").text))
    assert "Typ de zes cijfers die u hoorde." in seen[-1]
    seen.append(visible(browser.get(f"{path}/not-mine").text))
    for text in seen:
        assert not re.search(r"\bsms\b|mobiel", text, re.IGNORECASE), text
    sent = visible(browser.get(f"/s/{sender_token(home.core.vault.keys.link, delivery.message_id)}").text)
    assert f"code die we zeggen in een telefoontje naar {MASKED}" in sent and "Code naar de telefoon gestuurd" in sent


def test_before_a_number_is_known_nothing_speaks_of_sms_alone(home: Level2) -> None:
    (held,) = home.seal(RECIPIENT)
    (low,) = home.seal("eva@elders.example", level=1)
    anna = Client(create_app(home.core), host=HOST, language="nl")
    seen = []
    for delivery, at in ((held, ""), (held, f"/number?d={held.id}"), (low, f"/raise?d={low.id}"), (low, "?s=raised")):
        page = f"/s/{sender_token(home.core.vault.keys.link, delivery.message_id)}"
        seen.append(visible(anna.get(page + at).text))
    for text in seen:
        assert "telefoon" in text and not re.search(r"\bsms(?!,? of (per )?telefoontje)|mobiel", text, re.IGNORECASE), (
            text
        )


def test_the_sender_gives_a_landline_and_hears_what_follows(home: Level2) -> None:
    (delivery,) = home.seal(RECIPIENT)
    anna = Client(create_app(home.core), host=HOST, language="nl")
    page = f"/s/{sender_token(home.core.vault.keys.link, delivery.message_id)}"
    assert "Een vast nummer mag ook" in visible(anna.get(page).text)
    field = {f"number-{delivery.id}": "020 123 45 67"}
    sure = anna.get(anna.submit(page, f"{page}/number", **field).header("Location")).text
    assert "+31 20 123 4567 is een vast nummer: we bellen het en zeggen de code." in visible(sure)
    for wrong in ("0800 1234", "0900 1234", "020 1234567 toestel 12", "+1 201 555 0123"):
        answer = anna.submit(page, f"{page}/number", **{f"number-{delivery.id}": wrong}, sure="yes")
        assert answer.status == 422, wrong
    assert anna.submit(page, f"{page}/number", **field, sure="yes").status == 303
    assert home.phonebook.number(RECIPIENT) == LANDLINE
