"""What stands between the internet and the views: headers, forms, cookies, hosts, sizes, and silence in the log."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from tests.support.fakes.access import PASSWORD, TOKEN, FakeAccess
from tests.support.fakes.codes import CODE, REFERENCE, FakeCodes, at_level_2, progress
from tests.support.fakes.sender import S
from tests.unit.portal.portal_client import Answer, Client, M, client_for, settings_for
from zegel_portal.routes import CLOSED, OPEN, SENDER

MAIL = (
    b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\ngeheim\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg==\r\n"
    b"--b--\r\n"
)


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess(raw=MAIL)


@pytest.fixture
def jan(access: FakeAccess) -> Client:
    return client_for(access)


def all_answers(jan: Client) -> dict[str, Answer]:
    """An answer of every route, with and without a session, and of every kind of refusal."""
    answers = {f"GET {path}": jan.get(path) for path in ("/", "/health", "/robots.txt", "/favicon.ico", "/no", "/m/no")}
    answers["GET \\xff"] = jan.get("/m/\xff")
    answers["PUT"] = jan.call("PUT", M)
    answers["large"] = jan.post(f"{M}/enter", {"password": "a" * 70_000})
    answers["host"] = jan.get(M, HTTP_HOST="evil.example")
    answers["form"] = jan.post(f"{M}/enter", {})
    for method, path, _ in SENDER:
        answers[f"{method} sender {path}"] = jan.call(method, S + path + "?d=11")
        answers[f"HEAD sender {path}"] = jan.call("HEAD", S + path + "?d=13")
    answers["sender done"] = jan.submit(S, f"{S}/extend", sure="yes")
    answers["sender wrong"] = jan.submit(S, f"{S}/number", **{"number-12": "1"})
    answers["sender unknown"] = jan.get("/s/unknown")
    for method in ("GET", "POST"):
        answers[f"{method} report"] = jan.call(method, f"/sms-report/{REFERENCE}")
        answers[f"{method} report unknown"] = jan.call(method, "/sms-report")
    for session in ("without", "with"):
        for method, path, _ in (*CLOSED, *OPEN):
            path = re.sub(r"<\w+:number>", "1", path)
            answers[f"{method} {path} {session}"] = jan.call(method, M + path)
            answers[f"HEAD {path} {session}"] = jan.call("HEAD", M + path)
        answers[f"wrong {session}"] = jan.unlock("wrong") if session == "without" else jan.get(f"{M}/file/99")
        if session == "without":
            answers["right"] = jan.unlock()
    return answers


def answers_at_level_2() -> dict[str, Answer]:
    """An answer of each way in with a code."""
    access = at_level_2()
    codes = FakeCodes(access, now=progress("sent"))
    jan = client_for(access, codes=codes)
    answers = {f"{method} code {path}": jan.call(method, M + path) for method, path, _ in CLOSED}
    answers["code wrong"] = jan.submit(f"{M}/enter", f"{M}/enter", code="1")
    answers["code right"] = jan.submit(f"{M}/enter", f"{M}/enter", code=CODE)
    codes.known = ""
    answers["code standstill"] = jan.get(M)
    return answers


def test_every_answer_has_the_headers(jan: Client) -> None:
    answers = all_answers(jan) | answers_at_level_2()
    assert {answer.status for answer in answers.values()} >= {200, 204, 303, 400, 403, 404, 405, 413, 422}
    for name, answer in answers.items():
        assert answer.header("X-Content-Type-Options") == "nosniff", name
        assert answer.header("Referrer-Policy") == "no-referrer", name
        assert answer.header("Cache-Control") == "no-store, max-age=0", name
        assert answer.header("Strict-Transport-Security") == "max-age=63072000; includeSubDomains", name
        assert answer.header("Cross-Origin-Opener-Policy") == "same-origin", name
        assert answer.header("Cross-Origin-Resource-Policy") == "same-origin", name
        assert "camera=()" in answer.header("Permissions-Policy"), name
        assert answer.header("X-Robots-Tag").startswith("noindex"), name
        policy = answer.header("Content-Security-Policy")
        assert "default-src 'none'" in policy, name
        assert "unsafe-eval" not in policy, name
        assert len(answer.all("Content-Type")) <= 1, name
        if re.fullmatch(r"(GET|HEAD) /(body|print) with", name):
            continue
        assert answer.header("X-Frame-Options") == "DENY", name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe-inline" not in policy, name


def test_only_the_body_may_be_framed_and_it_may_do_nothing(jan: Client) -> None:
    jan.unlock()
    answer = jan.get(f"{M}/body")
    policy = answer.header("Content-Security-Policy")
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert directives["default-src"] == ["'none'"]
    assert directives["img-src"] == ["data:"]
    assert directives["style-src"] == ["'unsafe-inline'"]
    assert directives["sandbox"] == ["allow-same-origin", "allow-popups", "allow-popups-to-escape-sandbox"]
    assert directives["frame-ancestors"] == ["'self'"]
    assert answer.header("X-Frame-Options") == "SAMEORIGIN"
    paper = jan.get(f"{M}/print").header("Content-Security-Policy")
    assert paper == policy.replace(" sandbox ", " sandbox allow-modals ")


def test_pages_hold_no_inline_style_and_no_inline_script(jan: Client) -> None:
    for name, answer in (all_answers(jan) | answers_at_level_2()).items():
        if "text/html" in answer.header("Content-Type") and not re.match(r"GET /(body|print) with", name):
            assert not re.search(r"<style|\sstyle=|<script(?! src=)|\son\w+=|javascript:", answer.text), name


def test_files_are_sandboxed(jan: Client) -> None:
    jan.unlock()
    for path in ("/file/1", "/image/1", "/original.eml", "/everything.zip"):
        assert "sandbox" in jan.get(M + path).header("Content-Security-Policy").split("; ")


def test_the_cookie_is_bound_to_the_host_and_to_https(jan: Client) -> None:
    (cookie,) = jan.get(M).all("Set-Cookie")
    assert cookie.startswith("__Host-zegel=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"path=/", "secure", "httponly", "samesite=lax"}
    assert len(jan.cookies["__Host-zegel"]) >= 43
    assert jan.get(M).all("Set-Cookie") == []


def test_on_this_machine_without_https_the_cookie_is_plain() -> None:
    jan = client_for(FakeAccess(), settings_for("http://127.0.0.1:8080"))
    jan.host = "127.0.0.1:8080"
    answer = jan.get(M)
    (cookie,) = answer.all("Set-Cookie")
    assert cookie.startswith("zegel=")
    assert "secure" not in cookie.lower()
    assert answer.header("Strict-Transport-Security") == ""


def test_each_browser_gets_a_secret_of_its_own(access: FakeAccess) -> None:
    secrets = set()
    for _ in range(20):
        browser = client_for(access)
        browser.get(M)
        secrets.add(browser.cookies["__Host-zegel"])
    assert len(secrets) == 20


@pytest.mark.parametrize("planted", ["", "short", "a" * 500, "a b" * 20, "\xe9" * 43])
def test_a_cookie_that_we_cannot_have_made_is_replaced(jan: Client, planted: str) -> None:
    jan.cookies["__Host-zegel"] = planted
    assert jan.get(M).status == 200
    assert re.fullmatch(r"[\w-]{43}", jan.cookies["__Host-zegel"])


def test_a_planted_cookie_does_not_become_a_session(jan: Client, access: FakeAccess) -> None:
    planted = "A" * 43
    jan.cookies["__Host-zegel"] = planted
    jan.unlock()
    assert planted not in access.open_in
    assert jan.cookies["__Host-zegel"] in access.open_in


@pytest.mark.parametrize("action", ["/password", "/enter", "/sign-out"])
@pytest.mark.parametrize("csrf", [None, "", "x", "other link", "other browser"])
def test_a_form_without_its_proof_does_nothing(jan: Client, access: FakeAccess, action: str, csrf: str | None) -> None:
    jan.unlock()
    access.calls.clear()
    cookie = jan.cookies["__Host-zegel"]
    given = {"other link": access.csrf(cookie, "other"), "other browser": access.csrf("B" * 43, TOKEN)}.get(
        csrf or "", csrf
    )
    answer = jan.post(M + action, {"password": PASSWORD, **({} if given is None else {"csrf": given})})
    assert answer.status == 403
    assert "Please open the link again" in answer.text
    assert f'href="{M}"' in answer.text
    assert access.calls == []


def test_a_form_from_a_browser_without_a_cookie_does_nothing(jan: Client, access: FakeAccess) -> None:
    found = re.search(r'name="csrf" value="([^"]+)"', jan.get(M).text)
    assert found
    jan.cookies.clear()
    assert jan.post(f"{M}/password", {"csrf": found[1]}).status == 403
    assert access.calls == []


def test_a_form_of_another_kind_does_nothing(jan: Client, access: FakeAccess) -> None:
    jan.get(M)
    proof = access.csrf(jan.cookies["__Host-zegel"], TOKEN)
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
        answer = jan.call("POST", f"{M}/password", urlencode({"csrf": proof}).encode(), CONTENT_TYPE=kind)
        assert answer.status == 403
    assert access.calls == []
