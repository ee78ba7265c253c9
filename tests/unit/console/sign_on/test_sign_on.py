"""Signing in at a provider: who gets in, and how a browser goes there and comes back."""

from __future__ import annotations

import base64
import logging
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, URL, Office
from tests.unit.console.provider_server import (
    CLIENT,
    SECRET,
    FakeProvider,
    come_back,
    go_there,
    led_on,
    walk,
)
from zegel.officers import sign_on as sign_on_module


def test_an_officer_signs_in_and_may_look(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    assert "Sign in with the clinic&#39;s account" in browser.get("/sign-in?to=/messages").text
    before = dict(browser.cookies)
    assert walk(browser, provider, "?to=/messages") == "/messages"
    assert browser.cookies["__Host-zegel-console"] != before["__Host-zegel-console"], "a session is fixed"
    assert not browser.cookies["__Host-zegel-console-sign-on"].strip('"')
    assert browser.get("/messages").status == 200
    assert browser.get("/outbox").status == 403, "roles are the settings', not the provider's"
    assert browser.send("/messages", "/people/erase").status == 403, "a change takes a passkey"
    assert "Show your passkey" in browser.get("/confirm").text
    assert ("console signed in", OFFICER) in house.events()


def test_what_goes_to_the_provider(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    url = urlsplit(go_there(browser))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert asked.pop("tenant") == "one", "what the provider's own address has stays"
    fresh = {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert all(len(each) == 43 for each in fresh.values()) and len(set(fresh.values())) == 3
    assert asked == {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": f"{URL}/sign-on/back", "scope": "openid email",
        "code_challenge_method": "S256",
    }  # fmt: skip


def test_the_cookie_of_the_way_is_its_own(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    sent = browser.send("/sign-in", "/sign-on").all("Set-Cookie")
    way = next(each for each in sent if each.startswith("__Host-zegel-console-sign-on="))
    assert "HttpOnly" in way and "Secure" in way and "SameSite=lax" in way and "Max-Age=900" in way
    assert all("SameSite=strict" in each for each in sent if each is not way)


@pytest.mark.parametrize(
    ("address", "person"),
    [("FG@Kliniek.Example", OFFICER), (ADMINISTRATOR, ADMINISTRATOR)],
)  # fmt: skip
def test_an_address_is_compared_as_the_settings_are(
    house: Office, provider: FakeProvider, address: str, person: str
) -> None:
    provider.address = address
    assert walk(house.browser(), provider) == "/"
    assert house.events()[-1] == ("console signed in", person)


# Browsers that bring what is not theirs.


def test_an_answer_works_once(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    brought = provider.consent(go_there(browser))
    way = browser.cookies["__Host-zegel-console-sign-on"]
    assert come_back(browser, brought) == "/"
    browser.cookies["__Host-zegel-console-sign-on"] = way
    asked = len(provider.asked)
    assert come_back(browser, brought) == "/sign-in?s=sign-on-stale&to=%2F"
    assert len(provider.asked) == asked, "nothing was asked of the provider"


def test_nobody_is_signed_in_as_somebody_else(house: Office, provider: FakeProvider) -> None:
    """An attacker begins, and has somebody else's browser bring back the answer (RFC 6749, 10.12)."""
    attacker, victim = house.browser(), house.browser()
    brought = provider.consent(go_there(attacker))
    go_there(victim)
    for _ in range(2):
        assert come_back(victim, brought) == "/sign-in?s=sign-on-stale&to=%2F"
        assert victim.get("/messages").status == 303
    assert come_back(house.browser(), brought) == "/sign-in?s=sign-on-stale&to=%2F"


def test_a_code_of_another_browser_is_worth_nothing(house: Office, provider: FakeProvider) -> None:
    """What a log or a history keeps is put into a way of one's own (PKCE, RFC 7636)."""
    stolen, thief = provider.consent(go_there(house.browser())), house.browser()
    own = provider.consent(go_there(thief))
    assert come_back(thief, {**own, "code": stolen["code"]}) == "/sign-in?s=sign-on-wrong&to=%2F"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"state": ""}, "stale"), ({"state": "A" * 43}, "stale"), ({"state": "\udc80"}, "stale"),
        ({"code": ""}, "wrong"),
        ({"code": "A" * 5000}, "wrong"), ({"iss": "https://login.evil.example"}, "wrong"), ({"iss": None}, "wrong"),
        ({"error": "access_denied"}, "denied"), ({"error": "<script>"}, "denied"), ({"error": "server_error"}, "away"),
        ({"error": "access_denied", "iss": None}, "wrong"),
    ],
    ids=lambda each: str(each)[:24],
)  # fmt: skip
def test_answers_that_are_none(house: Office, provider: FakeProvider, changed: dict[str, Any], kind: str) -> None:
    browser = house.browser()
    brought = {**provider.consent(go_there(browser)), **changed}
    fields = {name: value.encode("utf-8", "surrogatepass") for name, value in brought.items() if value is not None}
    assert come_back(browser, fields) == f"/sign-in?s=sign-on-{kind}&to=%2F"


def test_a_provider_that_names_itself_nowhere(house: Office, provider: FakeProvider) -> None:
    provider.about["authorization_response_iss_parameter_supported"] = None
    browser = house.browser()
    brought = provider.consent(go_there(browser))
    del brought["iss"]
    assert come_back(browser, brought) == "/"


def test_too_late_is_too_late(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    brought = provider.consent(go_there(browser))
    house.built.clock.pass_(15 * 60 + 1)
    assert come_back(browser, brought) == "/sign-in?s=sign-on-stale&to=%2F"


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/../x", "/messages?x=y"])
def test_the_way_leads_nowhere_else(house: Office, provider: FakeProvider, to: str) -> None:
    from urllib.parse import quote

    browser = house.browser()
    assert walk(browser, provider, f"?to={quote(to)}") == "/"
    other = house.browser()
    brought = provider.consent(go_there(other))
    secret = other.cookies["__Host-zegel-console-sign-on"].partition(".")[0]
    other.cookies["__Host-zegel-console-sign-on"] = (
        f"{secret}.{base64.urlsafe_b64encode(to.encode()).decode().rstrip('=')}"
    )
    assert come_back(other, brought) == "/"


def test_one_who_begins_again_and_again_has_to_wait(
    house: Office, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_on_module, "STRANGERS_MOST", 2)
    monkeypatch.setattr(sign_on_module, "ASKED_MOST", 1)
    strangers = [house.browser() for _ in range(3)]
    assert [each.send("/sign-in", "/sign-on").status for each in strangers] == [200, 200, 429]
    house.built.clock.pass_(601)
    officer = house.browser()
    walk(officer, provider)
    assert [officer.send("/passkeys", "/sign-on").status for _ in range(2)] == [200, 429]


def test_neither_page_nor_log_has_what_goes_to_and_fro(
    house: Office, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = house.browser()
    brought = provider.consent(go_there(browser))
    browser.cookies.pop("__Host-zegel-console")
    answer = browser.get(f"/sign-on/back?{urlencode(brought)}")
    assert led_on(answer) == "/"
    for secret in (brought["code"], brought["state"], "an.access.token", SECRET):
        assert secret not in answer.text and secret not in caplog.text
    assert answer.header("Referrer-Policy") == "no-referrer" and "no-store" in answer.header("Cache-Control")


def test_a_failed_answer_signs_nobody_out(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    assert walk(browser, provider) == "/"
    cookie = browser.cookies["__Host-zegel-console"]
    assert come_back(browser, {"state": "A" * 43, "code": "x"}).startswith("/sign-in")
    assert browser.cookies["__Host-zegel-console"] == cookie and browser.get("/messages").status == 200


# The one way in, and out again.


def test_nothing_else_lets_anybody_in(house: Office, provider: FakeProvider) -> None:
    browser, sent = house.browser(), house.passwords()
    page = browser.get("/sign-in").text
    assert "password" not in page and "data-passkey" not in page
    assert browser.send("/sign-in", "/sign-in", address=OFFICER).status == 404
    assert browser.get("/enter").header("Location") == "/sign-in"
    assert browser.send("/sign-in", "/enter", password="abcd-efgh-2345").status == 404
    assert browser.send("/sign-in", "/passkey/ask").status == 422
    assert house.passwords() == sent


def test_a_passkey_speaks_for_changes_and_for_nothing_else(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    walk(browser, provider)
    assert browser.make_passkey().header("Location") == "/passkeys?s=added"
    house.built.clock.pass_(16 * 60)
    assert browser.send("/messages", "/people/erase").status == 403
    assert browser.use_passkey("/confirm", "?to=/messages").header("Location") == "/messages"
    browser.send("/messages", "/sign-out")
    assert browser.send("/sign-in", "/passkey/ask").status == 422


def test_signing_out_leads_to_the_provider(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    walk(browser, provider)
    url = led_on(browser.send("/", "/sign-out"))
    assert (
        url
        == f"{provider.issuer}/out?{urlencode({'client_id': CLIENT, 'post_logout_redirect_uri': f'{URL}/sign-on/out'})}"
    )
    assert browser.get("/messages").status == 303
    assert browser.get("/sign-on/out").header("Location") == "/sign-in?s=out"
    provider.about["end_session_endpoint"] = None
    house.built.clock.pass_(3600)
    walk(browser, provider)
    assert browser.send("/", "/sign-out").header("Location") == "/sign-in?s=out"


def test_signing_out_works_while_the_provider_is_away(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    walk(browser, provider)
    house.built.clock.pass_(1700)
    browser.get("/")
    house.built.clock.pass_(1700)
    browser.get("/")
    house.built.clock.pass_(400)
    provider.answers["/.well-known/openid-configuration"] = lambda: (503, b"", {})
    assert browser.send("/", "/sign-out").header("Location") == "/sign-in?s=out"
    assert browser.get("/messages").status == 303
