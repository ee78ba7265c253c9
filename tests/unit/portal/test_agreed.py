"""The agreed code in the browser: the sender's page that sets it, and the recipient's that asks for it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.agreed import CODE, FakeAgreed, agreed_on
from tests.support.fakes.sender import EVA, JAN, TOM, FakeSender, S, overview
from tests.unit.portal.portal_client import Client, M, client_for
from tests.unit.portal.test_code import visible
from zegel.unlock.way import Refused


@pytest.fixture
def access() -> FakeAccess:
    return agreed_on()


@pytest.fixture
def agreed(access: FakeAccess) -> FakeAgreed:
    return FakeAgreed(access)


@pytest.fixture
def jan(access: FakeAccess, agreed: FakeAgreed) -> Client:
    return client_for(access, agreed=agreed)


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def anna(sender: FakeSender) -> Client:
    return client_for(FakeAccess(), sender=sender)


# The recipient.


def test_one_page_says_who_wrote_and_asks_for_the_code(jan: Client) -> None:
    page = jan.get(M)
    text = visible(page.text)
    assert page.status == 200 and "The code that you agreed on" in text
    assert "SMS" not in text and "password" not in text.replace("for a password of your own", "")
    (field,) = re.findall(r'<input id="agreed"[^>]+>', page.text)
    for attribute in ('type="text"', 'autocomplete="off"', 'autocapitalize="none"'):
        assert attribute in field
    assert "value=" not in field


def test_a_question_is_asked_in_the_words_of_the_sender_and_can_do_nothing(jan: Client, agreed: FakeAgreed) -> None:
    agreed.asks = '<script>alert(1)</script> "Wat" & {{ 7 * 7 }}?'
    page = jan.get(M).text
    assert "&lt;script&gt;" in page and "<script>alert" not in page and "{{ 7 * 7 }}" in page
    assert "Type the answer that you agreed on" in visible(page)


def test_the_code_opens_the_message_in_another_session(jan: Client, agreed: FakeAgreed) -> None:
    jan.get(M)
    before = dict(jan.cookies)
    answer = jan.submit(M, f"{M}/enter", agreed=CODE)
    assert answer.header("Location") == f"{M}/message" and jan.cookies != before
    assert jan.get(f"{M}/message").status == 200
    assert jan.get(M).header("Location") == f"{M}/message"


@pytest.mark.parametrize(
    ("typed", "refusal", "status", "said"),
    [
        ("", None, 422, "Type the code first."),
        ("iets anders", None, 422, "This code is not right. You can try 3 more times."),
        ("iets anders", Refused("wrong", tries_left=1), 422, "You can try once more."),
        (CODE, Refused("busy"), 503, "It is busy right now."),
    ],
)
def test_what_is_wrong_is_said_and_never_shown_again(
    jan: Client, agreed: FakeAgreed, typed: str, refusal: Refused | None, status: int, said: str
) -> None:
    agreed.refusal = refusal
    answer = jan.submit(M, f"{M}/enter", agreed=typed)
    assert answer.status == status and said in visible(answer.text)
    assert 'aria-invalid="true"' in answer.text and answer.text.count("<h1") == 1
    assert not typed or typed not in answer.text


@pytest.mark.parametrize("kind", ["locked", "stopped", "none"])
def test_what_no_code_opens_leads_to_the_page_that_says_why(jan: Client, agreed: FakeAgreed, kind: str) -> None:
    agreed.refusal = Refused("locked" if kind == "locked" else "stopped" if kind == "stopped" else "none")
    assert jan.submit(M, f"{M}/enter", agreed=CODE).header("Location") == M


@pytest.mark.parametrize(
    ("facts", "known", "said"),
    [
        ({"locked_at": 1.0}, True, "type the agreed code"),
        ({"stopped_at": 1.0, "stopped_why": "person"}, True, "Nobody can open this message here any more"),
        ({}, False, "The agreed code was withdrawn"),
    ],
)
def test_a_standstill_says_who_does_what(facts: dict[str, object], known: bool, said: str) -> None:
    access = agreed_on(**facts)
    agreed = FakeAgreed(access, known=known)
    jan = client_for(access, agreed=agreed)
    for address in (M, f"{M}/enter"):
        page = jan.get(address)
        assert page.status == 200 and said in visible(page.text), address
        assert 'name="agreed"' not in page.text


def test_asking_for_a_password_or_code_leads_back(jan: Client) -> None:
    for path in ("/code", "/password"):
        assert jan.submit(M, f"{M}{path}").header("Location") == M
    assert jan.get(f"{M}/not-asked").header("Location") == M


def test_an_unknown_link_takes_as_long_and_says_as_little(jan: Client, agreed: FakeAgreed) -> None:
    agreed.calls.clear()
    answer = jan.post("/m/" + "x" * 43 + "/enter", {"agreed": CODE})
    assert answer.status == 404 and agreed.calls == [CODE]


def test_a_form_of_somebody_else_tries_nothing(jan: Client, agreed: FakeAgreed) -> None:
    jan.get(M)
    assert jan.post(f"{M}/enter", {"agreed": CODE, "csrf": ""}).status == 403
    assert agreed.calls == []


# The sender.


def test_the_number_page_offers_a_code_where_one_may_be_agreed_on(anna: Client, sender: FakeSender) -> None:
    assert f'href="{S}/agree?d=12"' in anna.get(S).text
    sender.shown = overview(JAN, replace(EVA, may_agree=False), TOM)
    assert "/agree" not in anna.get(S).text
    assert anna.get(f"{S}/agree?d=12").header("Location") == S


def test_a_landline_is_refused_with_the_code_offered(anna: Client) -> None:
    answer = anna.submit(S, f"{S}/number", **{"number-12": "020 1234567", "region-12": "NL"})
    assert answer.status == 422 and "This is not a mobile number." in answer.text
    assert f'href="{S}/agree?d=12"' in answer.text


def test_the_page_has_a_code_that_may_be_used_and_sets_it(anna: Client, sender: FakeSender) -> None:
    page = anna.get(f"{S}/agree?d=12").text
    found = re.search(r'name="code"[^>]* value="(\d{5}-\d{5})"', page)
    assert found and "never" in page.lower() and "eva@elders.example" in page
    answer = anna.submit(f"{S}/agree?d=12", f"{S}/agree", delivery="12", code=found[1], question="", sure="yes")
    assert answer.header("Location") == f"{S}?s=agreed&d=12" and found[1] not in answer.text
    assert sender.calls == [f"agree 12 {found[1]}"]
    assert "Now tell the recipient the code" in visible(anna.get(answer.header("Location")).text)


@pytest.mark.parametrize(
    ("came", "field", "said"),
    [
        ("empty", "code", "Type a code first."),
        ("short", "code", "too short"),
        ("long", "code", "too long"),
        ("weak", "code", "easy to guess"),
        ("question", "question", "This is not a question"),
        ("question long", "question", "too long"),
        ("told", "question", "The answer is in the question"),
    ],
)
def test_what_is_wrong_stands_at_its_field_with_what_was_typed(
    anna: Client, sender: FakeSender, came: str, field: str, said: str
) -> None:
    sender.answers["agree"] = came
    fields = {"delivery": "12", "code": 'a"b<c', "question": "Wat?", "sure": "yes"}
    answer = anna.submit(f"{S}/agree?d=12", f"{S}/agree", **fields)
    assert answer.status == 422 and said in visible(answer.text)
    (wrong,) = re.findall(r'<input id="(\w+)"[^>]*aria-invalid', answer.text)
    assert wrong == field and 'value="a&#34;b&lt;c"' in answer.text and 'value="Wat?"' in answer.text


def test_a_known_number_is_forgotten_and_that_is_said_before(anna: Client, sender: FakeSender) -> None:
    sender.shown = overview(replace(JAN, may_agree=True))
    assert "We know the number +3******954" in visible(anna.get(f"{S}/agree?d=11").text)
    assert f'href="{S}/agree?d=11"' in anna.get(f"{S}/number?d=11").text


def test_an_agreed_code_can_be_changed_and_withdrawn(anna: Client, sender: FakeSender) -> None:
    sender.shown = overview(replace(JAN, way="agreed", agreed=True, may_agree=True, number=""))
    text = visible(anna.get(S).text)
    assert "Opens with the agreed code." in text and "Change the agreed code" in text
    assert "There is a code already" in visible(anna.get(f"{S}/agree?d=11").text)
    sender.answers["agree"] = "changed"
    answer = anna.submit(f"{S}/agree?d=11", f"{S}/agree", delivery="11", code="x", question="", sure="yes")
    assert answer.header("Location") == f"{S}?s=code-changed&d=11"
    answer = anna.submit(f"{S}/agree?d=11", f"{S}/agree/withdraw", delivery="11", sure="yes")
    assert answer.header("Location") == f"{S}?s=code-withdrawn"
    assert "It does not open messages any more" in visible(anna.get(answer.header("Location")).text)
    assert sender.calls[-1] == "withdraw code 11"


@pytest.mark.parametrize("delivery", ["", "x", "999", "13", "-1", "1" * 40])
def test_a_recipient_of_something_else_is_not_reached(anna: Client, sender: FakeSender, delivery: str) -> None:
    assert anna.get(f"{S}/agree?d={delivery}").header("Location") == S
    answer = anna.submit(f"{S}/agree?d=12", f"{S}/agree", delivery=delivery, code="x", question="", sure="yes")
    assert answer.header("Location") == S and sender.calls == []


@pytest.mark.parametrize("path", ["agree", "agree/withdraw"])
def test_a_forged_form_sets_and_withdraws_nothing(anna: Client, sender: FakeSender, path: str) -> None:
    anna.get(S)
    assert anna.post(f"{S}/{path}", {"delivery": "12", "code": "groene appel 4827"}).status == 403
    assert sender.calls == []
