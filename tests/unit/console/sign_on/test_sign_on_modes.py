"""What the settings let a provider do beside the ordinary: speak for changes, name people otherwise, not be alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.console.console_client import OFFICER, Browser, Office, office
from tests.unit.console.provider_server import (
    SECRET,
    At,
    FakeProvider,
    come_back,
    fake_provider,
    led_on,
    sign_on_settings,
    walk,
)
from zegel.cli.checks.sign_on import sign_on

SPEAKS = "    only: false\n    changes: provider\n    acr: [phr, phrh]\n    address: upn\n    verified: ''\n"


@contextmanager
def made(folder: Path, more: str) -> Iterator[tuple[Office, FakeProvider]]:
    at, secret = At(), folder / "sign-on.secret"
    secret.write_text(SECRET)
    secret.chmod(0o640)
    with fake_provider(at) as provider, office(folder, sign_on_settings(provider.issuer, more)) as house:
        at.house = house
        yield house, provider


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, FakeProvider]]:
    with made(tmp_path_factory.mktemp("speaking"), SPEAKS) as both:
        yield both


@pytest.fixture
def house(speaking: tuple[Office, FakeProvider]) -> Office:
    speaking[0].built.clock.pass_(2 * 3600)
    return speaking[0]


@pytest.fixture
def provider(speaking: tuple[Office, FakeProvider]) -> FakeProvider:
    known = speaking[1]
    known.begin_anew()
    known.claims = {"upn": OFFICER, "email": None, "email_verified": None, "acr": "phr"}
    return known


def once_more(browser: Browser, to: str = "?to=/messages") -> str:
    return led_on(browser.send("/confirm", f"/sign-on{to}"))


def may_change(browser: Browser) -> bool:
    """Whether a change would be taken: else a page asks who it is first."""
    return "Show who you are" not in browser.send("/messages", "/people/erase").text


def test_whom_the_provider_asked_just_now_may_change_things(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    assert walk(browser, provider) == "/"
    assert may_change(browser)
    house.built.clock.pass_(16 * 60)
    assert not may_change(browser)
    url = once_more(browser)
    assert "prompt=login" in url and "max_age=900" in url and "acr_values=phr+phrh" in url
    old = browser.cookies["__Host-zegel-console"]
    assert come_back(browser, provider.consent(url)) == "/messages"
    assert may_change(browser) and browser.cookies["__Host-zegel-console"] != old
    browser.cookies["__Host-zegel-console"] = old
    assert browser.get("/messages").status == 303, "the session from before has ended"


@pytest.mark.parametrize("at", [None, -120, 120, 10**400, float("inf"), "now"], ids=lambda at: str(at)[:5])
def test_whom_it_asked_earlier_may_look(house: Office, provider: FakeProvider, at: float | str | None) -> None:
    """A session of the provider's that is open all day says nothing about who sits there now."""
    provider.claims["auth_time"] = at + house.built.clock() if at in (-120, 120) else at
    browser = house.browser()
    assert walk(browser, provider) == "/" and browser.get("/messages").status == 200
    assert not may_change(browser)
    where = come_back(browser, provider.consent(once_more(browser)))
    assert where == "/confirm?s=sign-on-weak&to=%2Fmessages"
    assert "did not ask you as strictly" in browser.get(where).text
    assert not may_change(browser)
    assert ("console sign-in failed", OFFICER) in house.events()[-4:]


def test_somebody_else_does_not_speak_for_a_change(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    walk(browser, provider)
    house.built.clock.pass_(16 * 60)
    url = once_more(browser)
    provider.claims["upn"] = "ict@kliniek.example"
    assert come_back(browser, provider.consent(url)) == "/confirm?s=sign-on-other&to=%2Fmessages"
    assert browser.get("/messages").status == 200 and not may_change(browser)


@pytest.mark.parametrize("acr", [None, "", "0", "phr phrh", ["phr"], {"phr": 1}])
def test_a_way_that_is_not_named_is_not_enough(house: Office, provider: FakeProvider, acr: object) -> None:
    provider.claims["acr"] = acr
    assert walk(house.browser(), provider) == "/sign-in?s=sign-on-weak&to=%2F"


def test_a_password_by_mail_goes_on_where_the_provider_is_not_alone(house: Office, provider: FakeProvider) -> None:
    page = house.browser().get("/sign-in").text
    assert "Sign in with the clinic" in page and "Send me a password" in page and "data-passkey" in page
    browser = house.signed_in()
    assert browser.get("/messages").status == 200 and not may_change(browser)


def test_a_passkey_speaks_for_changes_too(house: Office, provider: FakeProvider) -> None:
    browser = house.browser()
    walk(browser, provider)
    assert browser.make_passkey().header("Location") == "/passkeys?s=added"
    house.built.clock.pass_(16 * 60)
    assert browser.use_passkey("/confirm", "?to=/messages").header("Location") == "/messages"
    assert may_change(browser)


def test_without_a_provider_there_is_no_way_to_one(tmp_path: Path) -> None:
    with office(tmp_path) as house:
        browser = house.browser()
        assert browser.send("/sign-in", "/sign-on").status == 404
        assert browser.get("/sign-on/back?code=a&state=b").status == 404
        assert list(sign_on(house.built.core.settings.console)) == []


def test_the_check_says_what_is_wrong(house: Office, provider: FakeProvider) -> None:
    settings = house.built.core.settings.console
    said = list(sign_on(settings))
    assert [state for state, _ in said] == ["ok"]
    assert f"{settings.url}/sign-on/back, and after signing out to {settings.url}/sign-on/out" in said[0][1]
    for change, words in (
        ({"issuer": "https://login.evil.example"}, "its issuer is not console.sign_on.issuer"),
        ({"token_endpoint": "http://10.0.0.1/token"}, "its token_endpoint is not safe"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not know PKCE"),
    ):
        provider.about = change
        assert [(state, words in text) for state, text in sign_on(settings)] == [("warning", True)], words
    provider.about = {}
    provider.listed = []
    settings.sign_on.secret_file.chmod(0o644)
    [(state, text)] = sign_on(settings)
    settings.sign_on.secret_file.chmod(0o640)
    assert state == "warning" and "its list of keys has none" in text and "run: chmod o=" in text
    provider.answers["/.well-known/openid-configuration"] = lambda: (404, b"", {})
    assert ["it answers HTTP 404 in place of its description" in text for _, text in sign_on(settings)] == [True]
