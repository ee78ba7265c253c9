"""The way in at level 2: a code by SMS, told honestly, and what to do when it cannot be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.fakes.access import NOW, FakeAccess
from tests.support.fakes.codes import CODE, NUMBER, REFERENCE, FakeCodes, at_level_2, progress
from tests.unit.portal.portal_client import Client, M, client_for
from zegel.unlock.way import Asked, Refused


@pytest.fixture
def access() -> FakeAccess:
    return at_level_2()


@pytest.fixture
def codes(access: FakeAccess) -> FakeCodes:
    return FakeCodes(access)


@pytest.fixture
def jan(access: FakeAccess, codes: FakeCodes) -> Client:
    return client_for(access, codes=codes)


def visible(page: str) -> str:
    """The text of a page's main part, blanks run together."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main.replace("<wbr>", "")).split())


def test_landing_says_to_which_number_the_code_comes(jan: Client) -> None:
    text = visible(jan.get(M).text)
    assert f"We send a code by SMS to {NUMBER}." in text
    assert "Send my code" in text
    assert "password" not in text.replace("for a password of your own", "")
    assert "I already have a code" not in text


def test_the_code_opens_the_message(jan: Client, codes: FakeCodes) -> None:
    answer = jan.submit(M, f"{M}/code")
    assert answer.header("Location") == f"{M}/enter?s=sent&u={int(NOW) + 30}"
    page = jan.get(answer.header("Location")).text
    assert f"We are sending a code to {NUMBER}" in visible(page)
    field = re.search(r'<input class="code"[^>]+>', page)
    assert field
    for attribute in ('type="text"', 'inputmode="numeric"', 'autocomplete="one-time-code"', 'name="code"'):
        assert attribute in field[0]
    before = dict(jan.cookies)
    answer = jan.submit(f"{M}/enter", f"{M}/enter", code="123 4-56")
    assert answer.header("Location") == f"{M}/message"
    assert jan.cookies != before
    assert jan.get(f"{M}/message").status == 200
    assert codes.calls == ["ask en", "enter 123 4-56"]


def test_once_open_the_way_in_leads_to_the_message(jan: Client) -> None:
    jan.submit(M, f"{M}/code")
    jan.submit(f"{M}/enter", f"{M}/enter", code=CODE)
    for path in ("", "/enter", "/enter?s=sent"):
        assert jan.get(M + path).header("Location") == f"{M}/message"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("waiting", "We are sending a code"),
        ("trouble", "We cannot send SMS at this moment. We keep trying until"),
        ("unsure", "We are not sure that your SMS has left."),
        ("sent", f"We sent a code to {NUMBER}"),
        ("delivered", f"The SMS with your code has arrived at {NUMBER}"),
        ("failed", f"Your SMS cannot be delivered to {NUMBER}. We told the sender."),
    ],
)
def test_the_page_tells_the_truth_about_the_sms_each_time(jan: Client, codes: FakeCodes, kind: Any, said: str) -> None:
    codes.now = progress(kind)
    page = jan.get(f"{M}/enter").text
    assert said in visible(page)
    assert 'name="code"' in page
    assert ("data-look=" in page) == (kind not in ("delivered", "failed"))
    assert '<div id="progress" role="status"' in page
    assert "I already have a code" in jan.get(M).text


def test_without_a_code_that_works_there_is_no_field_but_a_button(jan: Client) -> None:
    page = jan.get(f"{M}/enter").text
    assert "You have no code that works now." in visible(page)
    assert 'name="code"' not in page
    assert 'class="primary"' in page
    assert "Send a new code" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("again"), "We send the same code to"),
        (Asked("recent", 12), "less than half a minute ago. Please wait for that one."),
        (Asked("waiting"), ""),
        (Asked("wait", 12), f"We sent an SMS to {NUMBER} less than half a minute ago."),
        (Asked("limit", 500), "We sent several SMS"),
        (Asked("cap", 5000), "We cannot send any more SMS for now. Kliniek De Linde has been told."),
    ],
)
def test_asking_again_says_what_happened(jan: Client, codes: FakeCodes, asked: Asked, said: str) -> None:
    codes.asked, codes.now = asked, progress("sent")
    page = jan.get(jan.submit(M, f"{M}/code").header("Location"))
    assert page.status == 200
    assert said in visible(page.text)
    if asked.wait_seconds > 60:
        assert re.search(r"You can ask for a new code from 1[67]:\d\d\.", visible(page.text))
    elif asked.wait_seconds:
        assert 'data-wait="12"' in page.text
        assert "You can have it sent again in 12 seconds." in page.text


@pytest.mark.parametrize("kind", ["limit", "cap", "quiet"])
def test_what_cannot_work_yet_is_not_the_first_thing_to_press(jan: Client, codes: FakeCodes, kind: Any) -> None:
    codes.asked = Asked(kind, 500)
    page = jan.get(jan.submit(M, f"{M}/code").header("Location")).text
    assert f'action="{M}/code"' not in page and 'class="primary"' not in page
    assert re.search(r"Go on from 1[67]:\d\d", visible(page))
    codes.asked = Asked("sent")
    assert f'action="{M}/code"' in jan.get(f"{M}/enter").text, "where that leads to"


@pytest.mark.parametrize("kind", ["limit", "cap", "wait"])
def test_a_limit_without_a_code_offers_no_field(jan: Client, codes: FakeCodes, kind: Any) -> None:
    codes.asked = Asked(kind, 40)
    page = jan.get(jan.submit(M, f"{M}/code").header("Location"))
    assert 'name="code"' not in page.text
    assert "no code that works now" not in page.text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"locked_at": NOW}, "A wrong code was typed too many times."),
        ({"stopped_at": NOW, "stopped_why": "number"}, "can correct your number."),
        ({"stopped_at": NOW, "stopped_why": "person"}, "You can throw away the e-mail with the link."),
    ],
)
def test_where_no_code_can_be_sent_the_page_says_who_acts(facts: dict[str, object], said: str) -> None:
    access = at_level_2(**facts)
    jan = client_for(access, codes=FakeCodes(access))
    page = jan.get(M)
    assert page.status == 200
    assert said in visible(page.text)
    assert "deboer@kliniek.example" in page.text
    assert "<form" not in page.text
    assert jan.get(f"{M}/enter").header("Location") == M


def test_without_a_number_the_page_says_that_the_sender_was_asked(jan: Client, codes: FakeCodes) -> None:
    codes.known = ""
    assert "We asked Dr. A. de Boer for the telephone number that it goes to." in visible(jan.get(M).text)


@pytest.mark.parametrize("kind", ["locked", "stopped", "no number"])
def test_asking_where_no_code_can_be_sent_leads_to_that_page(jan: Client, codes: FakeCodes, kind: Any) -> None:
    codes.asked = Asked(kind)
    assert jan.submit(M, f"{M}/code").header("Location") == M


def test_without_a_gateway_the_page_says_so(jan: Client, codes: FakeCodes) -> None:
    codes.asked = Asked("off")
    answer = jan.submit(M, f"{M}/code")
    assert answer.status == 503
    assert "cannot send codes at this moment" in visible(answer.text)
    codes.asked = Asked("ended")
    assert jan.submit(M, f"{M}/code").status == 410


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            Refused("wrong", tries_left=4),
            "This code is not right. Use the one from the newest SMS. You can try 4 more times.",
        ),
        (Refused("wrong", tries_left=1), "You can try once more."),
        (Refused("empty"), "Type the six digits of the code"),
    ],
)
def test_a_wrong_code_can_be_tried_again(jan: Client, codes: FakeCodes, refusal: Refused, said: str) -> None:
    codes.now, codes.refusal = progress("sent"), refusal
    answer = jan.submit(f"{M}/enter", f"{M}/enter", code="654321")
    assert answer.status == 422
    assert said in visible(answer.text)
    assert 'aria-describedby="error hint"' in answer.text
    assert "<title>Error: Enter the code" in answer.text
    assert "654321" not in answer.text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("spent", "wrong five times"),
        ("expired", "older than 10 minutes"),
        ("used", "used this code already"),
        ("elsewhere", "another browser or on another device"),
        ("none", "This browser has no code that works"),
    ],
)
def test_a_code_that_cannot_work_any_more_offers_a_new_one(jan: Client, codes: FakeCodes, kind: Any, said: str) -> None:
    codes.now = progress("sent")
    jan.get(f"{M}/enter")
    codes.now, codes.refusal = progress("none"), Refused(kind)
    answer = jan.submit(f"{M}/enter", f"{M}/enter", code=CODE)
    assert answer.status == 422
    assert said in visible(answer.text)
    assert 'id="error" role="alert"' in answer.text
    assert 'name="code"' not in answer.text
    assert 'class="primary"' in answer.text
    assert "Send a new code" in answer.text


def test_a_lock_an_end_and_an_unknown_link_have_pages_of_their_own(jan: Client, codes: FakeCodes) -> None:
    for refusal, status in ((Refused("locked"), 303), (Refused("ended"), 410), (Refused("unknown"), 404)):
        codes.refusal = refusal
        assert jan.submit(f"{M}/enter", f"{M}/enter", code=CODE).status == status


@pytest.mark.parametrize("path", ["/code", "/enter", "/password"])
def test_a_form_without_its_proof_does_nothing(jan: Client, codes: FakeCodes, path: str) -> None:
    jan.get(M)
    assert jan.post(M + path, {"code": CODE, "why": "number"}).status == 403
    assert codes.calls == []


def test_looking_at_the_pages_changes_nothing(jan: Client, codes: FakeCodes) -> None:
    for path in ("", "/enter", "/code"):
        jan.get(M + path)
        jan.call("HEAD", M + path)
    assert codes.calls == []


def test_forms_of_the_other_level_lead_to_the_beginning(jan: Client, codes: FakeCodes) -> None:
    assert jan.submit(M, f"{M}/password").header("Location") == M
    one = client_for(FakeAccess(), codes=codes)
    assert one.submit(M, f"{M}/code").header("Location") == M
    assert codes.calls == []


def test_a_locked_message_page_asks_for_a_new_code(jan: Client) -> None:
    assert jan.get(f"{M}/message").header("Location") == f"{M}?s=again"
    assert "Ask for a new code to read on." in visible(jan.get(f"{M}?s=again").text)


@pytest.mark.parametrize("host", ["safe.kliniek.example", "10.0.0.5:8080", ""])
def test_a_gateway_reports_by_get_and_post_from_any_address(jan: Client, codes: FakeCodes, host: str) -> None:
    answer = jan.get(f"/sms-report/{REFERENCE}?status=1", HTTP_HOST=host)
    assert (answer.status, answer.body) == (200, b"ok")
    answer = jan.post("/sms-report", {"reference": REFERENCE, "status": "DELIVRD"}, HTTP_HOST=host)
    assert answer.status == 200
    body = f'{{"Reference": "{REFERENCE}", "Status": "failed"}}'.encode()
    assert jan.call("POST", "/sms-report", body, CONTENT_TYPE="application/json", HTTP_HOST=host).status == 200
    assert jan.get("/sms-report/other?status=1", HTTP_HOST=host).status == 404
    assert codes.calls == [f"report {REFERENCE} {s}" for s in ("1", "DELIVRD", "failed")] + ["report other 1"]
    assert answer.all("Set-Cookie") == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[" * 20_000, b"&" * 60_000, b"x" * 70_000])
def test_a_garbled_report_is_no_error(jan: Client, body: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "image/png"):
        assert jan.call("POST", "/sms-report", body, CONTENT_TYPE=kind).status in (404, 413)
