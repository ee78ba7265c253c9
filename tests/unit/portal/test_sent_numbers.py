"""The sender's fields for numbers: given, wrong, asked once more, and corrected."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.support.fakes.sender import EVA, FakeSender, S, person
from tests.unit.portal.portal_client import Client
from tests.unit.portal.test_code import visible


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
    assert "We need a telephone number" not in text
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
    assert "Type a number first." in visible(answer.text)
    assert sender.calls == []


def test_the_number_of_one_recipient_can_be_corrected(anna: Client, sender: FakeSender) -> None:
    page = anna.get(f"{S}/number?d=11").text
    assert "Correct the telephone number" in visible(page)
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
