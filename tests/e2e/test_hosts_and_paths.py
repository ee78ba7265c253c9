"""Host headers, headers of proxies and paths that are bent, sent byte for byte to the real portal."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.unit.portal.portal_process import Served, serve

SENT = b"Subject: uitslag\r\n\r\nhallo\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("portal")) as started:
        yield started


@pytest.fixture(scope="module")
def opened(served: Served) -> tuple[str, str]:
    """The path of a message, and the cookie of the browser that opened it."""
    return served.opened(SENT)


def ask(served: Served, target: bytes, *fields: bytes, host: bytes = b"", method: bytes = b"GET") -> tuple[int, bytes]:
    """The status and the whole of an answer."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: " + (host or served.host.encode()), *fields]
    answer = served.raw(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found, answer
    return int(found[1]), answer


def stable(answer: bytes) -> bytes:
    """An answer without what differs from one to the next."""
    return re.sub(rb"\r\n(Date|Set-Cookie): [^\r\n]*|value=\"[\w-]{43}\"", b"", answer)


HOSTS = [
    b"evil.example", b"evil.example:80", b"HOST.evil.example", b"evil.example/HOST", b"HOST@evil.example", b"HOST#evil",
    b"HOST, evil.example", b"127.0.0.1", b"127.0.0.1:1", b"localhost:PORT", b"[::1]:PORT", b"127.1:PORT", b"0:PORT",
    b"2130706433:PORT", b"127.0.0.1.:PORT", b"HOST\xc2\xa0", b"\xe1\x84\x81", b"HOST:80", b"HOST/", b"http://HOST",
    b"%31%32%37.0.0.1:PORT", b"127.0.0.1:PORT:PORT", b"a" * 5000, b"<script>", b"' OR 1=1 --",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_told_nothing_and_is_not_repeated(served: Served, opened: tuple[str, str], host: bytes) -> None:
    path, cookie = opened
    host = host.replace(b"HOST", served.host.encode()).replace(b"PORT", str(served.port).encode())
    for target in (f"{path}/message".encode(), b"/", b"/static/portal.css"):
        status, answer = ask(served, target, f"Cookie: zegel={cookie}".encode(), host=host)
        assert status == 400
        assert b"evil" not in answer
        assert b"<script>" not in answer
        assert b"uitslag" not in answer


def test_without_a_host_there_is_nothing(served: Served, opened: tuple[str, str]) -> None:
    for version in (b"1.0", b"1.1"):
        answer = served.raw(b"GET " + opened[0].encode() + b" HTTP/" + version + b"\r\nConnection: close\r\n\r\n")
        assert re.match(rb"HTTP/1\.[01] 400 ", answer), version


PROXIES = [
    b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: https", b"X-Forwarded-Port: 443", b"X-Forwarded-For: 10.0.0.1",
    b"X-Forwarded-For: ::1", b"X-Forwarded-By: evil.example", b"X-Forwarded-Server: evil.example", b"X-Real-IP: 10.0.0.1",
    b"Forwarded: for=10.0.0.1;host=evil.example;proto=https", b"Forwarded: nonsense;;;=", b"X-Host: evil.example",
    b"X-Original-URL: /m/other/message", b"X-Rewrite-URL: /m/other", b"X-Original-Host: evil.example", b"Via: 1.1 evil",
    b"X-HTTP-Method-Override: POST", b"X-Method-Override: DELETE", b"X-HTTP-Method: PUT", b"Front-End-Https: on",
    b"X-Forwarded-Scheme: https", b"X-Forwarded-Prefix: /evil", b"X-Script-Name: /evil", b"True-Client-IP: 10.0.0.1",
    b"Origin: https://evil.example", b"Referer: https://evil.example/", b"X-Forwarded-SSL: on", b"CF-Connecting-IP: 1.1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("field", PROXIES)
def test_what_only_a_proxy_may_say_changes_nothing(served: Served, opened: tuple[str, str], field: bytes) -> None:
    path, cookie = opened
    mine = f"Cookie: zegel={cookie}".encode()
    for target in (path, f"{path}/message", "/", f"{path}/enter"):
        expected, answer = ask(served, target.encode(), mine), ask(served, target.encode(), mine, field)
        assert answer[0] == expected[0]
        assert stable(answer[1]) == stable(expected[1])
        assert b"evil" not in answer[1]


TARGETS = [
    b"/static/../main.py", b"/static/%2e%2e/main.py", b"/static/..%2fmain.py", b"/static/%2e%2e%2fmain.py",
    b"/static/..\\main.py", b"/static/..%5cmain.py", b"/static/%252e%252e/main.py", b"/static/....//main.py",
    b"/static/%c0%ae%c0%ae/main.py", b"/static/%e0%80%ae./main.py", b"/static/portal.css%00.png", b"/static/portal.css/",
    b"/static/portal.css;x", b"/static//portal.css", b"/./static/portal.css", b"//static/portal.css", b"/static/",
    b"/static", b"/static/portal.js.map", b"/portal/app.py", b"/.git/config", b"/.env", b"/zegel.yaml", b"/zegel.db",
    b"//evil.example/", b"///evil.example", b"/\\evil.example", b"/%5cevil.example", b"/%2f%2fevil.example",
    b"/@evil.example", b"/.", b"/..", b"/%2e%2e", b"/%00", b"/%0d%0aSet-Cookie:%20x=y", b"/%0aX:%20y", b"/%ff%fe", b"/~root",
    b"*", b"x", b"PATH/../message", b"PATH/%2e%2e/message", b"PATH//message", b"PATH/./message",
    b"PATH/message%00", b"PATH/message;x=y", b"PATH/message%2f", b"PATH%2fmessage", b"PATH/MESSAGE", b"PATH/file/../message",
    b"PATH/file/1/../../message", b"PATH/file/-1", b"PATH/file/0", b"PATH/file/99999999999999999999", b"PATH/file/1e3",
    b"PATH/file/%31%00", b"PATH/file/1.pdf", b"PATH/file/+1", b"PATH/file/ 1".replace(b" ", b"%20"), b"PATH/file/\xd9\xa1",
    b"PATH/page/1/-1", b"PATH/page/1/99999999999", b"PATH/image/1", b"PATH/preview/7", b"PATH/reply/1", b"PATH/nothing",
    b"PATH%20/message", b"PATH=/message", b"PATH./message", b"/m//message", b"/m/%00/message", b"/m/../s/x", b"/m/" + b"a" * 9000,
    b"/s/" + b"a" * 129, b"/m/%e2%80%ae/message", b"/sms-report/../../health/x", b"/sms-report/" + b"a" * 500,
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_bent_paths_lead_nowhere(served: Served, opened: tuple[str, str], target: bytes) -> None:
    path, cookie = opened
    target = target.replace(b"PATH", path.encode())
    status, answer = ask(served, target, f"Cookie: zegel={cookie}".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status in (400, 404), answer
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in head
    assert b"\r\nContent-Security-Policy: default-src 'none'" in head
    assert b"Location:" not in head
    assert b"x=y" not in head
    for secret in (
        b"uitslag",
        b"hallo",
        b"import ",
        b"SQLite",
        b"organisation:",
        b"root:",
        b"evil.example",
        b"Traceback",
    ):
        assert secret not in answer
    assert len(body) < 10_000


def test_no_path_can_be_walked_out_of_by_its_code(served: Served, opened: tuple[str, str]) -> None:
    """The same page, whatever of its path is written as %xx: there is one way to read it."""
    path, cookie = opened
    mine = f"Cookie: zegel={cookie}".encode()
    coded = "".join(f"%{ord(letter):02x}" if letter.isalnum() else letter for letter in f"{path}/message").encode()
    expected, answer = ask(served, f"{path}/message".encode(), mine), ask(served, coded, mine)
    assert (answer[0], stable(answer[1])) == (expected[0], stable(expected[1]))
    assert expected[0] == 200


def test_nothing_of_it_is_in_the_log(served: Served, opened: tuple[str, str]) -> None:
    log = served.log.read_text(encoding="utf-8")
    assert opened[0][3:] not in log
    assert opened[1] not in log
    assert "Traceback" not in log
    assert "ERROR" not in log
