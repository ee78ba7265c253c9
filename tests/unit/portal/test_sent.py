"""The sender's pages about a message: what needs doing first, what happened, and what can still be done."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.support.fakes.sender import EVA, JAN, LINK, FakeSender, S, overview, person
from tests.unit.portal.portal_client import Client
from tests.unit.portal.test_code import visible
from zegel.vault.keyring import KeyGone
from zegel_portal.routes import SENDER
from zegel_portal.views.sender_numbers import MOST_FIELDS
from zegel_portal.views.sent_list import MOST_PEOPLE


def test_the_page_asks_first_for_the_number_that_is_missing(anna: Client) -> None:
    page = anna.get(S)
    text = visible(page.text)
    assert page.status == 200
    assert text.index("We need a telephone number") < text.index("Your message") < text.index("3 recipients")
    assert "Mobile number of eva@elders.example" in text
    assert page.text.count('type="tel"') == 1
    assert (
        '<option value="NL" data-example="06 12345678" data-prefix="+31" selected>Netherlands (+31)</option>'
        in page.text
    )
    assert "Citizen service number" in text
    assert "111••••33" in text
    assert "For example 06 12345678" in text


def test_each_recipient_has_a_state_with_times_and_only_what_makes_sense(anna: Client) -> None:
    eva, tom, jan = rows(anna.get(S).text)
    assert "jan@post.example" in jan
    assert "Opened the message 15:13" in jan
    assert "Code sent to the phone 21 September 2026 at 16:03" in jan
    assert "Opens with a code by SMS to +3******954." in jan
    assert "Correct the number" in jan
    assert "Withdraw" in eva
    assert "Send the e-mail again" not in eva
    assert "Correct the number" not in eva  # its field is open at the top
    assert "Protect with a code by SMS" in tom


def rows(page: str) -> list[str]:
    """The text of each recipient's row, who needs the sender first."""
    return [visible(f"<main>{each}</main>") for each in page.partition('class="people rows"')[2].split("<li>\n")[1:]]


def test_with_nothing_to_do_the_page_starts_with_the_message(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=(JAN,))
    page = anna.get(S).text
    assert re.search(r'<h1 id="message" dir="auto">Uitslag van het onderzoek</h1>', page)
    assert 'type="tel"' not in page
    assert "Withdraw for everyone" not in page


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"stopped": "number", "number": "+3******954"},
            "This recipient says that +3******954 is not the right number.",
        ),
        ({"stopped": "number", "number": ""}, "This recipient says that the number was not right."),
        ({"stopped": "person", "actions": frozenset(["resume"])}, "jan@post.example says: this message is not for me"),
        ({"locked": True}, "jan@post.example cannot get in"),
    ],
)
def test_what_a_recipient_said_stands_first(
    anna: Client, sender: FakeSender, facts: dict[str, object], said: str
) -> None:
    sender.shown = replace(sender.shown, recipients=(JAN,))
    sender.change(11, **facts, needs_number=facts.get("stopped") == "number")
    page = anna.get(S).text
    assert visible(page).index(said) < visible(page).index("1 recipient")
    assert ('name="number-11"' in page) == (facts.get("stopped") == "number")


@pytest.mark.parametrize(
    ("query", "fields", "called", "notice", "said"),
    [
        ("/recall?d=11", {"delivery": "11"}, "recall 11", "recalled&d=11", "You withdrew the message."),
        ("/recall", {}, "recall None", "recalled-all", "You withdrew the message for everyone."),
        ("/raise?d=13", {"delivery": "13"}, "raise 13", "raised&d=13", "a code by SMS is needed"),
        ("", {"delivery": "11"}, "again 11", "again-sent&d=11", "once more"),
        ("", {"delivery": "11"}, "unblock 11", "unblocked&d=11", "can try again"),
        ("", {}, "extend", "extended", "can be read longer now"),
        ("", {}, "false alarm", "alarm", "We passed it on"),
    ],
)
def test_what_can_be_done_is_done_once_and_told(
    anna: Client, sender: FakeSender, query: str, fields: dict[str, str], called: str, notice: str, said: str
) -> None:
    path = query.partition("?")[0] or "/" + called.partition(" ")[0].replace("false", "false-alarm")
    answer = anna.submit(S + query, S + path, **fields, sure="yes")
    assert answer.header("Location") == f"{S}?s={notice}"
    assert sender.calls == [called]
    assert said in visible(anna.get(answer.header("Location")).text)


@pytest.mark.parametrize(
    ("answer", "value", "path", "said"),
    [
        ("recall", 0, "/recall", "nothing left to withdraw"),
        ("again", "recent", "/again", "less than 10 minutes ago"),
        ("again", "impossible", "/again", "cannot be sent now"),
        ("unblock", False, "/unblock", "was not locked any more"),
        ("extend", 0.0, "/extend", "cannot be kept longer"),
        ("raise", False, "/raise", "was needed already"),
        ("alarm", False, "/false-alarm", "You told us this before."),
    ],
)
def test_what_could_not_be_done_is_told_too(
    anna: Client, sender: FakeSender, answer: str, value: object, path: str, said: str
) -> None:
    sender.answers[answer] = value
    shown = anna.get(anna.submit(S, S + path, delivery="11", sure="yes").header("Location"))
    assert said in visible(shown.text)


@pytest.mark.parametrize("path", ["/again", "/unblock", "/raise", "/recall"])
@pytest.mark.parametrize("delivery", ["x", "-1", "9" * 30, "١"])
def test_a_garbled_recipient_is_nobody(anna: Client, sender: FakeSender, path: str, delivery: str) -> None:
    assert anna.submit(S, S + path, delivery=delivery, sure="yes").header("Location") == S
    assert sender.calls == []


@pytest.mark.parametrize("query", ["/recall?d=99", "/recall?d=x", "/raise", "/raise?d=11"])
def test_a_question_about_what_cannot_be_done_leads_back(anna: Client, query: str) -> None:
    assert anna.get(S + query).header("Location") == S


def test_looking_changes_nothing(anna: Client, sender: FakeSender) -> None:
    for _, path, _ in SENDER:
        for query in ("", "?d=11", "?d=13&s=gone"):
            anna.get(S + path + query)
            anna.call("HEAD", S + path + query)
    assert sender.calls == []


@pytest.mark.parametrize("path", [path for method, path, _ in SENDER if method == "POST"])
def test_a_form_without_its_proof_does_nothing(anna: Client, sender: FakeSender, path: str) -> None:
    anna.get(S)
    for csrf in ("", "x"):
        answer = anna.post(S + path, {"csrf": csrf, "delivery": "11", "number-12": "0612345954"})
        assert answer.status == 403
        assert f'href="{S}"' in answer.text
    assert sender.calls == []


@pytest.mark.parametrize("link", ["x", LINK[:-1], LINK + "A", "é" * 43, "a" * 5000])
def test_an_unknown_link_is_a_page(anna: Client, link: str) -> None:
    for path in ("", "/number", "/recall"):
        assert anna.get(f"/s/{link}{path}".encode().decode("latin1")).status == 404


def test_a_recipients_link_is_no_senders_link_and_the_other_way_round(anna: Client) -> None:
    assert anna.get(f"/m/{LINK}").status == 404


def test_an_expired_message_only_says_so(anna: Client, sender: FakeSender) -> None:
    anna.get(S)
    sender.over = True
    for method, path, _ in SENDER:
        answer = anna.call(method, S + path, urlencode({"csrf": "x"}).encode() if method == "POST" else b"")
        assert answer.status == 410
        assert "Uitslag" not in answer.text
    assert "Your recipients could read it until" in anna.get(S).text
    sender.over, sender.fail = False, KeyGone("2026-09-20")
    assert anna.get(S).status == 410


def test_a_message_to_very_many_stays_a_page(anna: Client, sender: FakeSender) -> None:
    people = tuple(replace(EVA, delivery_id=1000 + n, address=f"p{n}@elders.example") for n in range(1000))
    sender.shown = replace(sender.shown, recipients=people)
    page = anna.get(S)
    assert page.text.count('type="tel"') == MOST_FIELDS
    assert page.text.count("<h3") == MOST_PEOPLE
    assert f"After these, we ask for {1000 - MOST_FIELDS} numbers more." in page.text
    assert "p20@" in anna.get(f"{S}?from=20").text
    assert len(page.body) < 40_000
    typed = {f"number-{1000 + n}": "0612345954" for n in range(MOST_FIELDS)}
    answer = anna.submit(
        S, f"{S}/number", **typed, **{f"region-{1000 + n}": "NL" for n in range(MOST_FIELDS)}, sure="yes"
    )
    assert answer.status == 303
    assert len(answer.header("Location")) < 600
    assert "p0@elders.example, p1@elders.example" in visible(anna.get(answer.header("Location")).text)


def test_a_page_for_a_few_recipients_is_light(anna: Client) -> None:
    assert len(anna.get(S).body) < 16_000


def test_odd_messages_have_a_page(anna: Client, sender: FakeSender) -> None:
    odd = person(1, "<b>@x.example", level=1, way="password", state="something new", actions=frozenset())
    sender.shown = overview(odd, subject="", reason="", sample="", level=1, extends_to=0, false_alarm=True)
    page = anna.get(S).text
    assert "Message without a subject" in page
    assert "&lt;b&gt;@x.example" in page
    assert "Opens with a password by e-mail." in page


def test_a_dutch_page_has_no_english_left(anna: Client, sender: FakeSender) -> None:
    anna.language = "nl"
    sender.shown = replace(sender.shown, reason="Burgerservicenummer")
    sender.change(11, locked=True)
    sender.change(13, stopped="person", actions=frozenset(["resume"]))
    pages = [anna.get(S + path).text for path in ("", "/number?d=11", "/recall", "/recall?d=11", "/raise?d=13")]
    for page in pages:
        text = re.sub(r"<[^>]+>", " ", page)
        assert not re.search(r"\b(the|your|you|number|with|what)\b", text), text
