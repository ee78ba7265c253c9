"""Hosts, sizes and addresses that are refused, and silence in the log."""

from __future__ import annotations

import logging
import re

import pytest

from tests.support.fakes.access import PASSWORD, TOKEN, FakeAccess
from tests.support.fakes.codes import REFERENCE
from tests.support.fakes.sender import S
from tests.unit.portal.portal_client import Client, M, client_for, settings_for
from tests.unit.portal.test_guards import MAIL, all_answers
from zegel_portal.http.server import serving
from zegel_portal.main import NoLinks


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess(raw=MAIL)


@pytest.fixture
def jan(access: FakeAccess) -> Client:
    return client_for(access)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "", "safe.kliniek.example.evil.example", "safe.kliniek.example:8443", "safe.kliniek.example@evil"],
)
def test_another_host_is_refused_before_anything_else(jan: Client, access: FakeAccess, host: str) -> None:
    for method, path in (("GET", M), ("POST", f"{M}/enter"), ("GET", "/no"), ("GET", "/static/portal.css")):
        answer = jan.call(method, path, HTTP_HOST=host)
        assert answer.status == 400
        assert "evil" not in answer.text
    assert jan.get("/health", HTTP_HOST=host).status == 200


@pytest.mark.parametrize("host", ["safe.kliniek.example", "SAFE.kliniek.example", "safe.kliniek.example:443"])
def test_the_portals_own_host_is_taken_however_it_is_written(jan: Client, host: str) -> None:
    assert jan.get(M, HTTP_HOST=host).status == 200


def test_forwarded_hosts_are_not_believed(jan: Client) -> None:
    answer = jan.get(f"{M}/message", HTTP_X_FORWARDED_HOST="evil.example")
    assert answer.header("Location") == f"{M}?s=again"


def test_a_large_form_is_refused_unread(jan: Client, access: FakeAccess) -> None:
    answer = jan.post(f"{M}/enter", {"password": "a" * 64_000})
    assert answer.status == 413
    assert access.calls == []


def test_strange_forms_are_no_error(jan: Client, access: FakeAccess) -> None:
    jan.get(M)
    proof = access.csrf(jan.cookies["__Host-zegel"], TOKEN)
    for body in (b"\xff=\xfe", b"&" * 1000, b"a=1&" * 100, f"csrf={proof}&password=%ff%00".encode(), b"csrf=%ED%A0%80"):
        assert jan.call("POST", f"{M}/enter", body).status in (403, 422)


@pytest.mark.parametrize(
    "path", ["/m/", "/m", "/static/../main.py", "/static/portal.css/x", "/m/x/../../etc", f"{M}/file/x", "//"]
)
def test_other_addresses_are_not_found(jan: Client, path: str) -> None:
    assert jan.get(path).status == 404


def test_head_answers_like_get_without_a_body(jan: Client, access: FakeAccess) -> None:
    jan.unlock()
    for path in ("/message", "/body", "/file/1", "/preview/1", "/zip", "/original.eml", "/everything.zip"):
        head = jan.call("HEAD", M + path)
        assert (head.status, head.body) == (200, b"")
        assert head.header("Content-Type") == jan.get(M + path).header("Content-Type")
    access.calls.clear()
    jan.call("HEAD", f"{M}/file/1")
    assert access.calls == []


def test_an_unexpected_error_shows_and_logs_no_detail(
    jan: Client, access: FakeAccess, caplog: pytest.LogCaptureFixture
) -> None:
    jan.unlock()
    access.fail = ValueError(f"secret {TOKEN} {PASSWORD} jan@post.example")
    answer = jan.get(f"{M}/message")
    assert answer.status == 500
    found = re.search(r"this number: (\w{8})", answer.text)
    assert found
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert re.fullmatch(rf"reference {found[1]}: ValueError at \w+\.py:\d+", record.getMessage())
    assert record.exc_info is None
    for shown in (answer.text, jan.errors.getvalue()):
        assert "secret" not in shown
        assert PASSWORD not in shown


def test_nothing_is_logged_about_visitors(jan: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    all_answers(jan)
    assert caplog.records == []
    assert jan.errors.getvalue() == ""


def test_the_servers_own_log_lines_lose_their_links_and_tracebacks() -> None:
    try:
        raise ValueError("secret")
    except ValueError as error:
        record = logging.LogRecord(
            "waitress",
            40,
            "f",
            1,
            "Exception while serving %s",
            (f"{M}/message",),
            (ValueError, error, error.__traceback__),
        )
    assert NoLinks().filter(record)
    assert logging.Formatter().format(record) == "Exception while serving /m/…/message (ValueError)"


@pytest.mark.parametrize("path", [f"{S}/recall?d=11", f"/sms-report/{REFERENCE}?status=1"])
def test_a_senders_link_and_a_reference_are_not_logged_either(path: str) -> None:
    record = logging.LogRecord("waitress", 40, "f", 1, "serving %s", (path,), None)
    assert NoLinks().filter(record)
    assert S[3:] not in record.getMessage()
    assert REFERENCE not in record.getMessage()


def test_the_server_is_bounded_and_trusts_no_proxy() -> None:
    plain = serving(settings_for())
    assert plain["ident"] is None
    assert plain["expose_tracebacks"] is False
    assert plain["trusted_proxy"] is None
    assert plain["clear_untrusted_proxy_headers"] is True
    assert plain["max_request_header_size"] <= 65_536


def test_a_portal_below_a_path_keeps_to_it() -> None:
    jan = client_for(FakeAccess(raw=MAIL), settings_for("https://www.kliniek.example/veilig"))
    jan.host = "www.kliniek.example"
    assert jan.get(M).status == 404
    page = jan.get(f"/veilig{M}")
    assert page.status == 200
    for address in re.findall(r'(?:src|href|action)="(/[^"]*)"', page.text):
        assert address.startswith("/veilig/")
