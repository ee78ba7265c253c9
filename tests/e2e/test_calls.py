"""Level 2 by telephone calls, with the real parts, a real browser and a real HTTP server that is asked to call."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.level2_scenes import SECRET, MakePage, Office, ask, give, link_of, type_in
from tests.e2e.post import Post
from tests.e2e.test_pages import found_by_axe
from tests.unit.sms.sms_listener import OK, Listener, body_of

WORDS = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nno number"
LONG = 30_000
"""Milliseconds for what another process does, on a busy machine."""


@dataclass
class Calls:
    """A stack whose gateway calls landlines, and the service that calls."""

    post: Post
    service: Listener
    refused: set[str]
    """Numbers that the service does not take."""

    def to(self, number: str) -> list[dict[str, str]]:
        asked = [json.loads(body_of(each)) for each in self.service.requests]
        return [each for each in asked if each["to"] == number]

    def said_to(self, number: str, before: int = 0) -> str:
        """The code of the call after the first `before`, as somebody hears it who knows Dutch."""
        deadline = time.monotonic() + LONG / 1000
        while len(calls := self.to(number)) <= before:
            assert time.monotonic() < deadline, f"call {before + 1} to {number} was not made"
            time.sleep(0.05)
        heard = re.findall(rf"\b({'|'.join(WORDS)})\.", calls[before]["say"], re.IGNORECASE)
        assert len(heard) == 12 and heard[:6] == heard[6:], "six digits, twice"
        return "".join(str(WORDS.index(each.lower())) for each in heard[:6])


@pytest.fixture(scope="module")
def calls() -> Iterator[Calls]:
    refused: set[str] = set()
    service = Listener(
        lambda connection, request: connection.sendall(REFUSED if json.loads(body_of(request))["to"] in refused else OK)
    )
    voice = {"url": service.url, "json_body": {"to": "{number}", "say": "{text}", "ref": "{reference}"}}
    options = Options(settings={"sms": {"gateway": "folder", "folder": "sms", "voice": voice}})
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as started:
        yield Calls(Post(started), service, refused)
    service.close()


def looked_at(page: Page) -> None:
    """Nothing for axe, nothing beside a narrow screen, and nothing that speaks of an SMS alone."""
    page.set_viewport_size({"width": 360, "height": 760})
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    text = page.locator("main").inner_text()
    assert not re.search(r"\bsms\b(?!,? of (per )?telefoontje)|mobiel nummer", text, re.IGNORECASE), text


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without one"])
def test_a_landline_is_given_called_and_opens_the_message(calls: Calls, person: MakePage, script: bool) -> None:
    post, office = calls.post, Office(calls.post)
    number, typed = ("+31205550142", "020 - 555 01 42") if script else ("+31885550143", "088 5550143")
    jan = post.somebody("jan")
    office.write(jan)
    anna, reader = person(script=script), person(script=script)
    anna.goto(office.page())
    expect(anna.locator("h1")).to_have_text("We hebben een telefoonnummer nodig")
    if script:
        looked_at(anna)
    anna.locator("input[type=tel]").fill(typed)
    anna.locator("input[type=tel]").press("Enter")  # what is said below it while one types may move the button
    expect(anna.locator("main")).to_contain_text("is een vast nummer: we bellen het en zeggen de code", timeout=LONG)
    if script:
        looked_at(anna)
    anna.locator('button[name="sure"]').click()

    reader.goto(link_of(post, jan, LONG / 1000))
    expect(reader.locator('main form[action$="/code"] button')).to_have_text("Bel mij")
    if script:
        looked_at(reader)
    reader.locator('main form[action$="/code"] button').click()
    reader.wait_for_url("**/enter*")
    code = calls.said_to(number)
    type_in(reader, f"{(int(code) + 1) % 1_000_000:06}")
    expect(reader.locator("#error")).to_contain_text("Gebruik de code uit het nieuwste telefoontje", timeout=LONG)
    if script:
        looked_at(reader)
    type_in(reader, f"{code[:2]} {code[2:4]} {code[4:]}")
    reader.wait_for_url("**/message")
    expect(reader.frame_locator("iframe.body").first.locator("body")).to_contain_text(SECRET, timeout=LONG)

    anna.goto(anna.url)
    anna.locator(".people summary").click()
    expect(anna.locator(".people")).to_contain_text("in een telefoontje naar", timeout=LONG)
    expect(anna.locator(".history")).to_contain_text("Code naar de telefoon gestuurd", timeout=LONG)


def test_a_number_that_cannot_be_called_is_told_and_a_code_is_agreed_on_instead(calls: Calls, person: MakePage) -> None:
    post, office, jan = calls.post, Office(calls.post), calls.post.somebody("jan")
    office.write(jan)
    anna, reader = person(), person()
    page = office.page()
    anna.goto(page)
    for wrong, told in (("0900 1234", "kost extra"), ("020 555 0144 toestel 3", "toestelnummer")):
        anna.locator("input[type=tel]").fill(wrong)
        anna.locator("input[type=tel]").press("Enter")
        expect(anna.locator(".error").first).to_contain_text(told, timeout=LONG)
        expect(anna.get_by_role("link", name="Geen nummer? Spreek een code af")).to_be_visible(timeout=LONG)
    looked_at(anna)

    number = "+31205550145"
    calls.refused.add(number)
    give(anna, page, number)
    link = link_of(post, jan, LONG / 1000)
    ask(reader, link)
    expect(reader.locator("#progress")).to_contain_text("We kunnen +3******145 niet bellen", timeout=LONG)
    looked_at(reader)
    told = "We konden +3******145 niet bellen"
    post.wait_for_mail(office.address, lambda each: told in " ".join(each.body("plain").split()), LONG / 1000)

    anna.goto(page)
    anna.locator(".people summary").click()
    anna.get_by_role("link", name="Nummer verbeteren").click()
    anna.get_by_role("link", name="Geen nummer? Spreek een code af").click()
    anna.locator("#code").fill("Groene peer 4827")
    anna.get_by_label("Ik heb de code opgeschreven").check()
    anna.locator('main form[action$="/agree"] button').click()
    expect(anna.get_by_role("status")).to_contain_text("De code werkt", timeout=LONG)

    reader.goto(link)
    reader.locator("#agreed").fill("groene-peer 4827")
    reader.locator('main form[action$="/enter"] button[type=submit]').click()
    reader.wait_for_url("**/message")
    expect(reader.frame_locator("iframe.body").first.locator("body")).to_contain_text(SECRET, timeout=LONG)
    assert len(calls.to(number)) == 1, "what is refused for good is not tried again"
