"""Hostile mail in a real browser, on the page where its recipient reads it.

Two locks keep it harmless, and each is tried alone: what is taken out of the HTML, and what the frame and its policy
do not let happen when something was left in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.hostile_browser import ACTIVE, Theatre, theatre
from tests.unit.portal.hostile.hostile_html import HOSTILE
from tests.unit.portal.hostile.hostile_more import COVERS, HOSTILE_BYTES, HOSTILE_MORE, NAMES, PARSERS, STYLES
from tests.unit.portal.portal_client import M, html_mail

ALL = [*HOSTILE, *HOSTILE_MORE]
HARMLESS = (b"<p>x</p>", b"<p>x</p><img src=https://evil.example/x>")
CASES = [*(("utf-8", each.encode("utf-8", "surrogatepass")) for each in ALL), *HOSTILE_BYTES]
AT_ONCE = 12
OUTSIDE = re.compile(r"evil\.example|ok\.example")
PREPARED = {"HTTP_STREAM_JOB_CONTROLLER", "TCP_CLIENT_SOCKET_POOL_REQUESTED_SOCKETS", "SOCKET_POOL_CONNECT_JOB_CREATED"}
"""No Content-Security-Policy keeps Chromium from getting a connection ready (<link rel=preconnect>, a frame that it
then does not load); nothing is sent on it. That is why the frame is the second lock and not the first."""


@pytest.fixture(scope="module")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("net")
    with theatre(browser, folder) as opened:
        yield opened
    assert outside(opened) == {}


@pytest.fixture(scope="module")
def framed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """The same for what is shown as it is."""
    with theatre(browser, tmp_path_factory.mktemp("net")) as opened:
        yield opened
    found = outside(opened)
    assert found.keys() <= PREPARED, found
    assert found, "what no policy forbids is a preconnect, and that should be there to see"


def outside(closed: Theatre) -> dict[str, set[str]]:
    """What the browser's network stack had to do with hosts outside, by the kind of event."""
    network = closed.network()
    assert any("127.0.0.1" in text for _, text in network), "the network log is empty"
    found: dict[str, set[str]] = {}
    for kind, text in network:
        if OUTSIDE.search(text):
            found.setdefault(kind, set()).add(text)
    return found


@pytest.fixture(scope="module")
def usual(shown: Theatre) -> dict[str, str]:
    """The page around harmless mails: one without pictures, one that gets a line about them, one without a text."""
    looks = {}
    for html in HARMLESS:
        shown.show(html_mail(html))
        looks[shown.look()] = shown.look(whole=True)
    return looks


def differences(shown: Theatre, usual: dict[str, str]) -> list[str]:
    """Where the portal's own page is not as it is around a harmless mail, and what is covered in it."""
    if shown.look() in usual:
        return []
    found, known = json.loads(shown.look(whole=True)), [json.loads(each) for each in usual.values()]
    expected = next((each for each in known if len(each["seen"]) == len(found["seen"])), None)
    if expected is None:
        return [f"{len(found['seen'])} elements"]
    pairs = zip(found.pop("seen"), expected.pop("seen"), strict=True)
    return [f"{one[:3]} is not {other[:3]}" for one, other in pairs if one != other] + [
        f"{name}: {value}" for name, value in found.items() if value != expected[name]
    ]


def test_the_watch_is_awake(shown: Theatre, usual: dict[str, str]) -> None:
    now = shown.show(html_mail(b"<p>x</p>"))
    assert json.loads(shown.look(whole=True))["covered"] == []
    shown.page.evaluate(
        """() => { const cover = document.createElement("p"); document.querySelector("footer").append(cover);
        cover.style.cssText = "position:fixed;inset:0;z-index:99"; }"""
    )
    assert len(json.loads(shown.look(whole=True))["covered"]) > 3
    shown.page.evaluate(
        """() => { document.querySelector("footer > p:last-child").remove(); document.title = "Log in";
        document.querySelector("h1").style.color = "red"; console.log("ran"); alert("ran");
        new Image().src = "https://127.0.0.1:9/evil"; }"""
    )
    changed = differences(shown, usual)
    assert "title: Log in" in changed
    assert any("H1" in each for each in changed)
    assert "ran" in now.other
    assert "ran" in now.console
    assert any("evil" in each for each in now.requests)


@pytest.mark.parametrize(("charset", "html"), CASES, ids=range(len(CASES)))
def test_hostile_mail_does_nothing(shown: Theatre, usual: dict[str, str], charset: str, html: bytes) -> None:
    now = shown.show(html_mail(html, charset))
    assert differences(shown, usual) == []
    assert shown.body.evaluate(ACTIVE) == []
    assert len(shown.page.frames) == 2
    assert [each for each in now.requests if not each.startswith(f"{shown.url}/")] == []
    assert {each.removeprefix(shown.url + M) for each in now.requests if M in each} == {"/message", "/body"}
    # Not even a word of the frame's own locks: nothing was left for them to stop.
    assert now.console == []
    assert now.other == []


@pytest.fixture(scope="module")
def in_conversation(shown: Theatre) -> dict[str, str]:
    """The conversation, with harmless mails."""
    looks = {}
    for html in HARMLESS:
        shown.show(html_mail(html), "conversation")
        looks[shown.look()] = shown.look(whole=True)
    return looks


@pytest.mark.parametrize(("charset", "html"), CASES, ids=range(len(CASES)))
def test_hostile_mail_does_nothing_in_a_conversation(
    shown: Theatre, in_conversation: dict[str, str], charset: str, html: bytes
) -> None:
    now = shown.show(html_mail(html, charset), "conversation")
    assert differences(shown, in_conversation) == []
    assert shown.body.evaluate(ACTIVE) == []
    assert len(shown.page.frames) == 2
    assert [each for each in now.requests if not each.startswith(f"{shown.url}/")] == []
    assert {each.removeprefix(shown.url + M) for each in now.requests if M in each} == {"/conversation", "/body?fold=1"}
    assert now.console == []
    assert now.other == []


@pytest.fixture(scope="module")
def on_paper(shown: Theatre) -> dict[str, str]:
    """The page to print, with harmless mails."""
    looks = {}
    for html in HARMLESS:
        shown.show(html_mail(html), "print")
        looks[shown.look()] = shown.look(whole=True)
    return looks


@pytest.mark.parametrize(
    "html", [*PARSERS, *STYLES, *COVERS, *NAMES], ids=range(len([*PARSERS, *STYLES, *COVERS, *NAMES]))
)
def test_on_the_page_to_print_it_stays_in_its_place(shown: Theatre, on_paper: dict[str, str], html: str) -> None:
    now = shown.show(html_mail(html.encode("utf-8", "surrogatepass")), "print")
    assert differences(shown, on_paper) == []
    assert shown.page.main_frame.evaluate(ACTIVE) == []
    assert [each for each in now.requests if not each.startswith(f"{shown.url}/")] == []
    assert len(shown.page.frames) == 1
    assert now.console == []
    assert now.other == []


@pytest.mark.parametrize("first", range(0, len(ALL), AT_ONCE))
def test_what_would_be_left_in_is_stopped_by_the_frame(framed: Theatre, first: int) -> None:
    cases = [b"<!doctype html><meta charset=utf-8><body>" + html for _, html in CASES[first : first + AT_ONCE]]
    now = framed.show_raw(cases)
    assert framed.page.url == f"{framed.url}/frames"
    assert framed.page.title() == "frames"
    assert framed.page.evaluate("window.length") == len(cases)
    assert [each for each in now.other if not each.startswith("a page: ")] == []
    assert not any("ran" in each for each in now.console)
    assert len(framed.context.pages) == 1


def test_the_judge_of_bodies_is_awake(framed: Theatre) -> None:
    framed.show_raw([b"<form onclick=alert(1)></form><a href=javascript:alert(1)>x</a><p style=position:fixed>x"])
    assert {"FORM", "onclick", "javascript:alert(1)", "fixed"} <= set(framed.page.frames[1].evaluate(ACTIVE))
