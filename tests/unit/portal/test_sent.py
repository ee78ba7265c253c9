"""The sender's pages about a message: what needs doing first, what happened, and what can still be done."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.sender import EVA, JAN, LINK, FakeSender, S, overview, person
from tests.unit.portal.portal_client import Client, client_for
from tests.unit.portal.test_code import visible
from zegel.vault.keyring import KeyGone
from zegel_portal.routes import SENDER
from zegel_portal.views.sender_numbers import MOST_FIELDS
from zegel_portal.views.sent_list import MOST_PEOPLE


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def anna(sender: FakeSender) -> Client:
    access = FakeAccess()
    return client_for(access, codes=FakeCodes(access), sender=sender)


def test_the_page_asks_first_for_the_number_that_is_missing(anna: Client) -> None:
    page = anna.get(S)
    text = visible(page.text)
    assert page.status == 200
    assert text.index("We need a mobile number") < text.index("Your message") < text.index("3 recipients")
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
    assert "Code sent by SMS 21 September 2026 at 16:03" in jan
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


def test_a_right_number_lets_the_mail_go_and_the_page_says_so(anna: Client, sender: FakeSender) -> None:
    typed = {"number-12": "06 12 34 59 54", "region-12": "NL"}
    went = anna.submit(S, f"{S}/number", **typed)
    asked = anna.get(went.header("Location"))
    assert asked.status == 200 and sender.calls == [], "nothing is sent before it is seen"
    text = visible(asked.text)
    assert "eva@elders.example You typed 06 12 34 59 54 In full +31 6 12345954 Netherlands" in text
    assert "You chose" not in text
    (change,) = re.findall(rf'href="({re.escape(S)}/number[^"]+)"', asked.text)
    changed = anna.get(change)
    assert changed.status == 200 and 'value="06 12 34 59 54"' in changed.text and 'role="alert"' not in changed.text
    answer = anna.submit(S, f"{S}/number", **typed, sure="yes")
    assert answer.header("Location") == f"{S}?s=gone&d=12"
    text = visible(anna.get(answer.header("Location")).text)
    assert text.startswith('id="main" tabindex="-1"> Thank you. The message has gone to eva@elders.example.')
    assert "We need a mobile number" not in text
    assert sender.calls == ["give"]


def test_the_page_that_asks_is_one_that_back_and_reload_show_again(anna: Client, sender: FakeSender) -> None:
    """Shown as the answer to a form, a browser would say ERR_CACHE_MISS instead."""
    went = anna.submit(S, f"{S}/number", **{"number-12": "06 12 34 59 54", "region-12": "NL"})
    there = went.header("Location")
    assert went.status == 303 and there.startswith(f"{S}/number/sure?t=")
    assert "345954" not in there and "34 59 54" not in there, "addresses go into histories and logs"
    assert anna.get(there).text == anna.get(there).text
    (dutch,) = re.findall(r'href="(\?[^"]+lang=nl)"', anna.get(there).text)
    assert "Klopt dit nummer?" in anna.get(there.partition("?")[0] + dutch.replace("&amp;", "&")).text
    anna.cookies.clear()
    assert anna.get(there).header("Location") == S, "another browser sees nothing of it"
    for made_up in ("", "x", "A" * 500, "\xff"):
        assert anna.get(f"{S}/number/sure?t={made_up}").header("Location") == S
        assert sender.calls == []


def test_a_wrong_number_says_what_is_wrong_and_keeps_the_rest(anna: Client, sender: FakeSender) -> None:
    ria = person(14, "ria@elders.example", state="waiting", needs_number=True)
    sender.shown = replace(sender.shown, recipients=(EVA, ria))
    typed = {"number-12": "020 123 4567", "region-12": "BE", "number-14": "0612345954", "region-14": "NL"}
    answer = anna.submit(S, f"{S}/number", **typed)
    assert answer.status == 422
    assert sender.calls == [], "the right one waits for the wrong one"
    assert 'name="number-14"' in answer.text and 'value="0612345954"' in answer.text
    assert 'value="020 123 4567"' in answer.text
    assert '<option value="BE" data-example="0470 12 34 56" data-prefix="+32" selected>' in answer.text
    assert 'id="error-12" role="alert"' in answer.text
    assert 'aria-describedby="error-12 hint-12" aria-invalid="true" autofocus' in answer.text
    assert "<title>Error: " in answer.text


def test_a_number_of_another_country_than_was_chosen_is_told_so(anna: Client, sender: FakeSender) -> None:
    went = anna.submit(S, f"{S}/number", **{"number-12": "+32 470 12 34 56", "region-12": "NL"})
    said = visible(anna.get(went.header("Location")).text)
    assert "+32 470 12 34 56 Belgium" in said
    assert "+32 470 12 34 56 is a number in Belgium. You chose Netherlands." in said and sender.calls == []


@pytest.mark.parametrize(
    ("typed", "region"),
    [("020 5550123", "NL"), ("06 12 34 59 54", "NL"), ("+32470123456", "NL"), ("+1 212 5550123", "NL"), ("06", "NL"),
     ("0900 1234", "NL"), ("06 12345954 / 06 87654321", "NL"), ("zes", "BE"), ("0470 12 34 56", "BE")],
)  # fmt: skip
def test_what_is_said_while_typing_is_what_is_said_after_the_press(
    anna: Client, sender: FakeSender, typed: str, region: str
) -> None:
    fields = {"number-12": typed, "region-12": region}
    answer = anna.submit(S, f"{S}/number", **fields, check="yes")
    assert answer.header("Content-Type").startswith("application/json") and sender.calls == []
    told = json.loads(answer.text)
    after = anna.submit(S, f"{S}/number", **fields)
    page = visible(anna.get(after.header("Location")).text if after.status == 303 else after.text)
    assert bool(told["wrong"]) != bool(told["shown"]) and (told["wrong"] or told["shown"]) in page


def test_what_is_typed_is_shown_again_escaped(anna: Client) -> None:
    answer = anna.submit(S, f"{S}/number", **{"number-12": '"><b>06', "region-12": "<b>"})
    assert answer.status == 422
    assert "&#34;&gt;&lt;b&gt;06" in answer.text


@pytest.mark.parametrize("typed", [{}, {"number-12": "  "}, {"number-x": "1"}, {"number-": "", "number-99": " "}])
def test_nothing_typed_gives_nothing_and_says_so(anna: Client, sender: FakeSender, typed: dict[str, str]) -> None:
    answer = anna.submit(S, f"{S}/number", **typed)
    assert answer.status == 422
    assert "Type a mobile number first." in visible(answer.text)
    assert sender.calls == []


def test_the_number_of_one_recipient_can_be_corrected(anna: Client, sender: FakeSender) -> None:
    page = anna.get(f"{S}/number?d=11").text
    assert "Correct the mobile number" in visible(page)
    assert "Now we know the number +3******954." in visible(page)
    assert page.count('type="tel"') == 1
    answer = anna.submit(f"{S}/number?d=11", f"{S}/number", **{"only": "11", "number-11": "06", "region-11": "NL"})
    assert answer.status == 422
    assert "number-12" not in answer.text
    answer = anna.submit(f"{S}/number?d=11", f"{S}/number", **{"only": "11", "number-11": "0612345954"}, sure="yes")
    assert answer.header("Location") == f"{S}?s=kept&d="
    assert "We saved the number." in visible(anna.get(f"{S}?s=kept&d=").text)


@pytest.mark.parametrize("query", ["", "?d=13", "?d=99", "?d=x", "?d=-1"])
def test_a_number_that_cannot_be_corrected_leads_back(anna: Client, query: str) -> None:
    assert anna.get(f"{S}/number{query}").header("Location") == S


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
    answer = anna.submit(S + query, S + path, **fields)
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
    shown = anna.get(anna.submit(S, S + path, delivery="11").header("Location"))
    assert said in visible(shown.text)


@pytest.mark.parametrize("path", ["/again", "/unblock", "/raise", "/recall"])
@pytest.mark.parametrize("delivery", ["x", "-1", "9" * 30, "١"])
def test_a_garbled_recipient_is_nobody(anna: Client, sender: FakeSender, path: str, delivery: str) -> None:
    assert anna.submit(S, S + path, delivery=delivery).header("Location") == S
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
    assert page.text.count("<h3>") == MOST_PEOPLE
    assert "After these, we ask for 990 numbers more." in page.text
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
    assert "&lt;b&gt;@<wbr>x.example" in page
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
