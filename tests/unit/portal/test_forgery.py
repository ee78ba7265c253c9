"""Forms that others made: every address that changes something, with every way to send it that is not its own page."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.fakes.codes import REFERENCE
from tests.unit.portal.portal_routes import INSIDE, OUTSIDE, TOKENS, Address, World
from zegel_portal.main import NoLinks

CHANGING = [each for each in World().addresses() if each.method == "POST" and each.kind]
EVERY = pytest.mark.parametrize("address", CHANGING, ids=lambda each: each.rule)
LEVEL = pytest.mark.parametrize("level", [1, 2])


def test_there_are_addresses_to_try() -> None:
    assert {each.kind for each in CHANGING} == {"m", "s", "d"}
    assert len(CHANGING) > 20


@LEVEL
@EVERY
@pytest.mark.parametrize("cookie", [INSIDE, OUTSIDE])
def test_a_form_without_its_own_proof_changes_nothing(address: Address, level: int, cookie: str) -> None:
    world = World(level)
    proof = world.proof(address, cookie)
    other = next(each for each in CHANGING if each.kind != address.kind)
    forged = {
        "nothing": "",
        "a word": "x",
        "null": "\0",
        "another browser's": world.proof(address, "C" * 43),
        "another link's": world.proof(other, cookie),
        "a link that nobody has": world.access.csrf(cookie, "other"),
        "the cookie itself": cookie,
        "half of it": proof[:-1],
        "more than it": proof + "x",
        "in capitals": proof.upper() + "X",
        "with a blank": f" {proof}",
        "not ASCII": "é" * 43,
        "an empty browser's": world.access.csrf("", address.token),
    }
    before = world.state()
    for name, value in forged.items():
        world.come(cookie)
        assert world.browser.post(address.path, {"csrf": value}).status == 403, name
        world.come(cookie)
        assert world.browser.post(f"{address.path}?{urlencode({'csrf': proof})}", {"csrf": value}).status == 403, name
    world.come(cookie)
    assert world.browser.post(address.path, {}).status == 403
    world.come("")
    assert world.browser.post(address.path, {"csrf": proof}).status == 403, "without a cookie"
    world.come("C" * 43)
    assert world.browser.post(address.path, {"csrf": proof}).status == 403, "with another cookie"
    assert world.state() == before


@EVERY
def test_a_form_written_otherwise_changes_nothing(address: Address) -> None:
    """Text and JSON are what another site can have a browser send without asking."""
    world = World()
    proof = world.proof(address, INSIDE)
    before = world.state()
    bodies = {
        "text/plain": urlencode({"csrf": proof}).encode(),
        "application/json": json.dumps({"csrf": proof}).encode(),
        "text/xml": f"<csrf>{proof}</csrf>".encode(),
        "multipart/mixed; boundary=b": b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + proof.encode(),
        "": urlencode({"csrf": proof}).encode(),
    }
    for kind, body in bodies.items():
        world.come(INSIDE)
        assert world.browser.call("POST", address.path, body, CONTENT_TYPE=kind).status == 403, kind
    assert world.state() == before


@EVERY
@pytest.mark.parametrize("site", ["cross-site", "same-site", "x", ""])
def test_a_form_that_the_browser_says_comes_from_elsewhere_changes_nothing(address: Address, site: str) -> None:
    """With everything right in it: a neighbour on the same domain gets the cookies sent along, SameSite or not."""
    world = World()
    before = world.state()
    world.come(INSIDE)
    form = {"csrf": world.proof(address, INSIDE)}
    assert world.browser.post(address.path, form, HTTP_SEC_FETCH_SITE=site).status == 403
    assert world.state() == before


@EVERY
def test_looking_never_changes_anything(address: Address) -> None:
    world = World()
    before = world.state()
    query = urlencode({"csrf": world.proof(address, INSIDE), "sure": "yes", "password": "x", "code": "1", "d": "11"})
    overrides: list[dict[str, Any]] = [{}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"}, {"HTTP_X_METHOD_OVERRIDE": "POST"}]
    for method in ("GET", "HEAD"):
        for more in overrides:
            world.come(INSIDE)
            answer = world.browser.call(method, f"{address.path}?{query}&_method=POST", **more)
            assert answer.status in (200, 303, 404, 405), method
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        world.come(INSIDE)
        assert world.browser.call(method, f"{address.path}?{query}").status in (404, 405), method
    assert world.state() == before


@EVERY
def test_its_own_form_gets_through(address: Address) -> None:
    world = World()
    world.come(INSIDE)
    form = {"csrf": world.proof(address, INSIDE)}
    for site in ("same-origin", "none"):
        answer = world.browser.post(address.path, form, HTTP_SEC_FETCH_SITE=site)
        assert answer.status != 403 or "Please open the link again" not in answer.text
        world.come(INSIDE)


def test_the_proof_is_of_one_link_and_one_browser() -> None:
    world = World()
    proofs = {world.proof(each, cookie) for each in CHANGING for cookie in (INSIDE, OUTSIDE)}
    assert len(proofs) == 2 * len({each.kind for each in CHANGING})


@pytest.mark.parametrize("address", World().addresses(), ids=lambda each: f"{each.method} {each.rule}")
def test_no_link_and_no_reference_gets_into_the_log(address: Address) -> None:
    record = logging.LogRecord("waitress", 40, "f", 1, "Exception while serving %s", (f"{address.path}?x=y",), None)
    assert NoLinks().filter(record)
    for secret in (*TOKENS.values(), REFERENCE):
        assert secret not in record.getMessage()
