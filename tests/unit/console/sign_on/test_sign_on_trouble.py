"""A provider that is down, slow, another one, or speaks nonsense: nobody gets in, and people are told."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import pytest

from tests.unit.console.console_client import Office
from tests.unit.console.provider_server import (
    SECRET,
    FakeProvider,
    walk,
)
from zegel.officers import provider as provider_module

HTML = {"Content-Type": "text/html"}
TROUBLE: list[tuple[str, str, Any]] = [
    ("is down", "/.well-known/openid-configuration", lambda: (503, b"", {})),
    ("says nothing", "/.well-known/openid-configuration", lambda: (200, b"", {})),
    ("answers a page", "/.well-known/openid-configuration", lambda: (200, b"<html>Welcome</html>", HTML)),
    ("answers a list", "/keys", lambda: (200, b"[1, 2]", {})),
    ("answers no text", "/keys", lambda: (200, bytes(range(256)), {})),
    ("answers deep", "/keys", lambda: (200, b"[" * 100_000, {})),
    ("answers deep keys", "/keys", lambda: (200, b'{"keys": [[[{}]], {"kty": {}}, null]}', {})),
    ("answers a great deal", "/keys", lambda: (200, b'{"keys": [' + b"0," * 500_000 + b"0]}", {})),
    ("answers less than it says", "/keys", lambda: (200, b"{}", {"Content-Length": "50", "Connection": "close"})),
    ("sends keys elsewhere", "/keys", lambda: (302, b"", {"Location": "/more-keys"})),
    ("sends codes elsewhere", "/token", lambda: (307, b"", {"Location": "/other-token"})),
    ("gives nothing", "/token", lambda: (200, b"{}", {})),
    ("gives a list", "/token", lambda: (200, b'{"id_token": ["a"], "access_token": 7}', {})),
    ("gives a line", "/token", lambda: (200, b'{"id_token": "a.b.c", "access_token": "a\\r\\nX: y"}', {})),
    ("knows no client", "/token", lambda: (401, b'{"error": "invalid_client"}', {})),
    ("knows no client either", "/token", lambda: (400, b'{"error": "unauthorized_client"}', {})),
    ("fails", "/token", lambda: (500, b"Traceback", {})),
]


@pytest.mark.parametrize(("path", "said"), [each[1:] for each in TROUBLE], ids=[each[0] for each in TROUBLE])
def test_a_provider_that_does_not_answer_rightly(
    house: Office, provider: FakeProvider, caplog: pytest.LogCaptureFixture, path: str, said: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = house.browser()
    if "well-known" in path:
        provider.answers[path] = said
        answer = browser.send("/sign-in", "/sign-on")
        assert answer.status == 503 and "cannot be reached now" in answer.text
    else:
        provider.answers[path] = said
        assert walk(browser, provider) == "/sign-in?s=sign-on-away&to=%2F"
    assert "nobody can sign in at the provider" in caplog.text
    assert "Traceback" not in caplog.text and "Welcome" not in caplog.text
    assert not [each for each in provider.asked if "more" in each or "other" in each], "a redirect was followed"
    assert browser.get("/messages").status == 303


@pytest.mark.parametrize("word", ["invalid_grant", "it's \\n a trap", 7])
def test_a_code_that_the_provider_refuses(house: Office, provider: FakeProvider, word: Any) -> None:
    provider.answers["/token"] = lambda: (400, json.dumps({"error": word}).encode(), {})
    assert walk(house.browser(), provider) == "/sign-in?s=sign-on-wrong&to=%2F"


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://login.evil.example"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": 7},
        {"token_endpoint": "http://login.evil.example/token"}, {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": "https://a@b.example/"},
        {"authorization_endpoint": "https://login.example/\r\nX: y"}, {"authorization_endpoint": "https://[::1"},
        {"end_session_endpoint": "http://login.evil.example/"}, {"response_types_supported": ["id_token"]},
        {"code_challenge_methods_supported": ["plain"]}, {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, {"response_types_supported": "code"},
    ],
    ids=lambda about: f"{next(iter(about))} {str(next(iter(about.values())))[:30]}",
)  # fmt: skip
def test_a_provider_that_will_not_do(house: Office, provider: FakeProvider, about: dict[str, Any]) -> None:
    provider.about = about
    assert house.browser().send("/sign-in", "/sign-on").status == 503


def test_a_slow_provider_ends_and_leaves_room_for_others(
    house: Office, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Semaphore(0), threading.Event()

    def slow() -> tuple[int, bytes, dict[str, str]]:
        asked.release()
        go_on.wait(60)
        return 200, b"{}", {}

    provider.answers["/.well-known/openid-configuration"] = slow
    answers: list[int] = []
    browsers = [house.browser() for _ in range(2)]
    waiting = [
        threading.Thread(target=lambda each=each: answers.append(each.send("/sign-in", "/sign-on").status))
        for each in browsers
    ]
    for each in waiting:
        each.start()
    for _ in waiting:
        assert asked.acquire(timeout=60)
    refused = house.browser().send("/sign-in", "/sign-on")
    assert refused.status == 503 and "It is busy right now" in refused.text
    go_on.set()
    for each in waiting:
        each.join(60)
    assert answers == [503, 503]


def test_time_for_all_that_is_asked_has_an_end(house: Office, provider: FakeProvider) -> None:
    left = provider_module.Time(1000)
    assert 990 < left.left() <= 1000
    with pytest.raises(provider_module.ProviderAway, match="too long"):
        provider_module.Time(-1).left()


def test_the_secret_is_in_a_file_of_its_own(house: Office, provider: FakeProvider) -> None:
    file = house.built.core.settings.console.sign_on.secret_file
    try:
        file.chmod(0o644)
        assert walk(house.browser(), provider) == "/sign-in?s=sign-on-away&to=%2F"
        file.chmod(0o640)
        file.write_text("another")
        assert walk(house.browser(), provider) == "/sign-in?s=sign-on-away&to=%2F", "the provider knows another"
    finally:
        file.write_text(SECRET)
        file.chmod(0o640)
    assert walk(house.browser(), provider) == "/", "a new one needs no restart"


def test_the_secret_in_the_body_where_the_provider_wants_it_there(house: Office, provider: FakeProvider) -> None:
    provider.about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    provider.secret_in_body = True
    assert walk(house.browser(), provider) == "/"
