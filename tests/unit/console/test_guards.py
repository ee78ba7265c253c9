"""What stands in front of the console: forgery, hosts, roles, headers, and ways on to other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.console.console_client import ADMINISTRATOR, Browser, Office, office
from tests.unit.portal.portal_client import Client
from zegel.settings.console import Console
from zegel_console.app import CHANGES, ROUTES
from zegel_console.forms import LARGEST_MAIL
from zegel_web.fields import LARGEST_FORM

POSTS = [(path, who) for method, path, who, _ in (*ROUTES, *CHANGES) if method == "POST"]
GETS = [(path, who) for method, path, who, _ in (*ROUTES, *CHANGES) if method == "GET"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("console")) as made:
        yield made


@pytest.fixture(scope="module")
def officer(house: Office) -> Browser:
    return house.signed_in(strong=True)


@pytest.fixture(scope="module")
def administrator(house: Office) -> Browser:
    return house.signed_in(ADMINISTRATOR, strong=True)


def filled(path: str) -> str:
    """The address with something in each place."""
    return re.sub(r"<[^>]+>", "1", path)


def test_a_link_in_a_mail_signs_nobody_out(house: Office) -> None:
    """A browser that comes from webmail brings no strict cookie, and would take a fresh one for it."""
    stranger = house.browser()
    answer = stranger.get("/messages?sender=anna&x=%22%3E%3Cb%3E", HTTP_SEC_FETCH_SITE="cross-site")
    assert answer.status == 200 and not answer.header("Set-Cookie")
    assert 'content="0; url=/messages?sender=anna&amp;x=%22%3E%3Cb%3E"' in answer.text
    assert stranger.get("/messages", HTTP_SEC_FETCH_SITE="same-origin").header("Location") == "/sign-in?to=%2Fmessages"
    signed_in = house.signed_in()
    assert signed_in.get("/messages", HTTP_SEC_FETCH_SITE="cross-site").status == 200, "a browser that brings it stays"


@pytest.mark.parametrize(("path", "who"), POSTS, ids=[path for path, _ in POSTS])
def test_no_form_is_taken_without_its_proof(
    house: Office, officer: Browser, administrator: Browser, path: str, who: str
) -> None:
    browser = administrator if who == "administrator" else officer
    before, address = house.events(), filled(path)
    csrf = browser.form("/passkeys")
    foreign = house.browser().form("/sign-in")
    for fields in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": csrf[:-1]}, {"csrf": "\ud800"}):
        try:
            assert browser.post(address, fields).status == 403
        except UnicodeEncodeError:
            assert browser.call("POST", address, b"csrf=%ED%A0%80").status == 403
    for site in ("cross-site", "same-site"):
        assert browser.post(address, {"csrf": csrf}, HTTP_SEC_FETCH_SITE=site).status == 403
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        assert browser.call("POST", address, f"csrf={csrf}".encode(), CONTENT_TYPE=kind).status == 403
    assert browser.get(address).status in (200, 303, 404, 405)
    assert house.events() == before


@pytest.mark.parametrize(("path", "who"), [*GETS, *POSTS], ids=lambda each: each)
def test_nobody_sees_what_is_not_for_them(
    house: Office, officer: Browser, administrator: Browser, path: str, who: str
) -> None:
    address = filled(path)
    stranger = house.browser()
    if who == "anybody":
        return
    csrf = stranger.form("/sign-in")
    assert stranger.get(address).status in (303, 404, 405)
    assert stranger.post(address, {"csrf": csrf}).status in (303, 404, 405)
    other = {"officer": administrator, "administrator": officer}.get(who)
    if other is not None:
        for answer in (other.get(address), other.post(address, {"csrf": other.form("/passkeys")})):
            assert answer.status in (403, 404, 405)
            assert "csrf" not in answer.header("Location")


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "console.kliniek.example:81", "console.kliniek.example.", "safe.kliniek.example",
     "console.kliniek.example@evil.example", "127.0.0.1:8081"],
)  # fmt: skip
def test_another_host_gets_nothing(house: Office, host: str) -> None:
    browser = Browser(house.app, host=host)
    for path in ("/", "/sign-in", "/no"):
        assert browser.get(path).status == 400
    assert browser.get("/health").text == "ok"


def test_all_answers_have_the_headers(house: Office, officer: Browser) -> None:
    for path in ("/", "/sign-in", "/passkeys", "/no", "/static/console.css", "/health", "/robots.txt"):
        answer = officer.get(path)
        assert "default-src 'none'" in answer.header("Content-Security-Policy"), path
        assert answer.header("X-Frame-Options") == "DENY"
        assert answer.header("Strict-Transport-Security")
        assert "no-store" in answer.header("Cache-Control") or path.startswith("/static/")
        assert len(answer.body) < 60_000
        assert " style=" not in answer.text and "<script>" not in answer.text


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y", "/../x", ""]
)
def test_the_way_in_leads_nowhere_else(house: Office, officer: Browser, to: str) -> None:
    from urllib.parse import quote

    assert officer.get(f"/sign-in?to={quote(to)}").header("Location") == "/"
    assert house.browser().get("/passkeys").header("Location") == "/sign-in?to=%2Fpasskeys"


def test_what_is_too_large_is_refused(officer: Browser) -> None:
    assert officer.call("POST", "/sign-in", b"", CONTENT_LENGTH=str(LARGEST_FORM + 1)).status == 413
    assert officer.call("POST", "/try", b"", CONTENT_LENGTH=str(LARGEST_MAIL + 1)).status == 413


def test_an_error_tells_nothing(
    house: Office, officer: Browser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(house.built.core.vault.store.console, "session", lambda _: 1 / 0)
        answer = officer.get("/passkeys")
    assert answer.status == 500 and "division" not in answer.text
    assert "ZeroDivisionError" in caplog.text and "division by zero" not in caplog.text


@pytest.mark.parametrize(
    "url",
    ["http://console.kliniek.example", "https://127.0.0.1:8081", "http://127.0.0.1:8081", "https://[::1]", "ftp://x",
     "https://console.kliniek.example/console", "https://c.example?x", "localhost:8081"],
)  # fmt: skip
def test_the_settings_take_no_address_without_passkeys(url: str) -> None:
    with pytest.raises(ValueError):
        Console(url=url)


@pytest.mark.parametrize(
    "address", ["", "fg", "@kliniek.example", "fg@", "fg@kliniek.example, ict@kliniek.example", "a b@c.example"]
)
def test_the_settings_take_people_only(address: str) -> None:
    with pytest.raises(ValueError):
        Console(officers=(address,))


def test_without_people_the_page_says_so(tmp_path: Path) -> None:
    with office(tmp_path, "") as house:
        page = Client(house.app, host="localhost:8081").get("/sign-in")
    assert page.status == 200 and "zegel.yaml" in page.text
