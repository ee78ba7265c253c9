"""The list of recipients on the sender's page: states, a search, and what is done for several at once."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.sender import JAN, FakeSender, S, person
from tests.unit.portal.portal_client import Client, client_for
from tests.unit.portal.test_code import visible
from zegel.senders.history import Moment, State
from zegel.senders.views import Country, RecipientState
from zegel_portal.views.sent_list import MOST_PEOPLE


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def anna(sender: FakeSender) -> Client:
    access = FakeAccess()
    return client_for(access, codes=FakeCodes(access), sender=sender)


def crowd(number: int = 300) -> tuple[RecipientState, ...]:
    """Recipients in all states; p7 is locked."""
    states = ("notified", "opened", "recalled", "asked", "undeliverable", "replied")
    return tuple(
        person(1000 + n, f"p{n}@elders.example", state=states[n % 6], locked=n == 7, actions=actions_of(n % 6))
        for n in range(number)
    )


def actions_of(kind: int) -> frozenset[str]:
    return frozenset() if kind == 2 else frozenset(["recall", "again"])


def addresses(page: str) -> list[str]:
    return re.findall(r'<h3 id="p\d+">([^<@]+@)', page)


def test_who_takes_the_sender_stands_first_and_states_are_counted(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=crowd())
    page = anna.get(S).text
    text = visible(page)
    for said in ("All 300", "Action needed 51", "Not opened yet 100", "Opened 99", "Ended 50"):
        assert said in text
    assert addresses(page)[:2] == ["p4@", "p7@"]
    assert f"1 to {MOST_PEOPLE} of 300" in text


def test_states_and_a_search_narrow_the_list_and_its_pages(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=crowd())
    assert len(addresses(anna.get(f"{S}?show=ended").text)) == MOST_PEOPLE
    assert addresses(anna.get(f"{S}?show=ended&from=40").text)[0] == "p242@"
    found = anna.get(f"{S}?q=%20P29&show=opened").text
    assert addresses(found) == ["p29@", "p293@", "p295@", "p299@"]
    assert "4 recipients found." in visible(found)
    assert 'href="' + S + '?show=ended&amp;q=P29#people"' in found
    assert "Nobody is found." in visible(anna.get(f"{S}?q=nobody").text)


@pytest.mark.parametrize("needs", [False, True])
@pytest.mark.parametrize("countries", [1, 6, 45])
@pytest.mark.parametrize("length", [20, 254])
def test_a_page_is_small_whoever_and_wherever_they_are(
    anna: Client, sender: FakeSender, monkeypatch: pytest.MonkeyPatch, length: int, countries: int, needs: bool
) -> None:
    """Also with the longest addresses that SMTP carries, all of them locked or doubted, and numbers of any country."""
    name = "Saint Vincent and the Grenadines"
    allowed = [Country(f"{n:02}", "+1684", name, "784-430-1234") for n in range(countries)]
    monkeypatch.setattr(sender, "countries", lambda language: allowed)
    domain = "@" + ".".join(["d" * 40] * 5 + ["example"]) if length > 100 else "@elders.example"
    local = "p" * (length - len(domain) - 3)
    facts = {
        "history": tuple(Moment("notified again", 1_800_000_000.0 + n) for n in range(30)),
        "way": "sms", "level": 2, "number": "••••54", "region": "01", "needs_number": needs, "may_agree": True,
        "actions": frozenset(["recall", "again", "number", "resume"]),
    }  # fmt: skip
    troubles = ({"locked": not needs}, {"stopped": "" if needs else "person"})
    people = (person(1000 + n, f"{local}{n:03}{domain}", **facts | troubles[n % 2]) for n in range(500))
    sender.shown = replace(sender.shown, recipients=tuple(people))
    for query in ("", "?from=480", "?show=needs&q=p"):
        page = anna.get(f"{S}{query}")
        assert page.status == 200
        assert len(page.body) < 45_000


@pytest.mark.parametrize(
    "query", ["show=x", "from=-1", "from=x", "from=999999", "show=opened&from=98", "q=%00", "q=" + "a" * 5000]
)
def test_a_list_that_is_not_there_is_still_a_page(anna: Client, sender: FakeSender, query: str) -> None:
    sender.shown = replace(sender.shown, recipients=crowd())
    page = anna.get(f"{S}?{query}")
    assert page.status == 200
    assert len(page.body) < 45_000


def test_what_is_searched_is_shown_again_escaped(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=crowd())
    assert "&#34;&gt;&lt;b&gt;" in anna.get(f'{S}?q="><b>').text


def test_the_mail_goes_again_to_those_that_are_ticked(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=crowd(12))
    answer = anna.submit(S, f"{S}/many", **{"do": "again", "pick-1000": "1", "pick-1002": "1", "pick-77": "1"})
    assert sender.calls == ["again 1000"], "p2 was withdrawn, and 77 is nobody here"
    assert "to 1 recipient." in visible(anna.get(answer.header("Location")).text)


def test_the_mail_goes_again_to_all_that_are_found(anna: Client, sender: FakeSender) -> None:
    sender.shown = replace(sender.shown, recipients=crowd())
    answer = anna.submit(S, f"{S}/many", do="again", all="1", show="waiting")
    assert len(sender.calls) == 100
    assert "to 100 recipients." in visible(anna.get(answer.header("Location")).text)
    sender.answers["again"] = "recent"
    answer = anna.submit(S, f"{S}/many", do="again", all="1", show="waiting")
    assert "No e-mail was sent." in visible(anna.get(answer.header("Location")).text)


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        ({"pick-1000": "1", "pick-1001": "1", "pick-1002": "1"}, ["recall 1000", "recall 1001"]),
        ({"all": "1", "show": "opened", "q": "p1"}, ["recall 1001", "recall 1011"]),
    ],
)
def test_a_withdrawal_for_several_asks_first(
    anna: Client, sender: FakeSender, fields: dict[str, str], called: list[str]
) -> None:
    sender.shown = replace(sender.shown, recipients=crowd(12))
    asked = anna.submit(S, f"{S}/many", do="recall", **fields).header("Location")
    assert sender.calls == []
    question = anna.get(asked).text
    assert "Withdraw it for 2 recipients" in visible(question)
    hidden = dict(re.findall(r'type="hidden" name="((?!csrf)[^"]+)" value="([^"]*)"', question))
    answer = anna.submit(asked, f"{S}/recall", **hidden, sure="yes")
    assert sender.calls == called
    assert "You withdrew the message for 2 recipients." in visible(anna.get(answer.header("Location")).text)


@pytest.mark.parametrize("do", ["again", "recall", "", "unblock"])
def test_nobody_chosen_is_nobody(anna: Client, sender: FakeSender, do: str) -> None:
    answer = anna.submit(S, f"{S}/many", do=do)
    assert "Choose one or more recipients first." in visible(anna.get(answer.header("Location")).text)
    answer = anna.submit(S, f"{S}/many", **{"do": do, "pick-x": "1", "pick-99": "1", "pick-": "1"})
    assert "Choose one or more recipients first." in visible(anna.get(answer.header("Location")).text)
    assert sender.calls == []


def test_a_withdrawal_whose_recipients_are_garbled_withdraws_nothing(anna: Client, sender: FakeSender) -> None:
    anna.submit(S, f"{S}/recall", **{"pick-99": "1"}, sure="yes")
    assert sender.calls == []


def test_the_first_heading_is_the_one_of_the_page(anna: Client, sender: FakeSender) -> None:
    """Also when several recipients need the sender."""
    for facts in ({}, {"locked": True}, {"stopped": "person", "actions": frozenset(["resume"])}):
        sender.change(11, **facts)
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", anna.get(S).text)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("state", ["recalled", "expired", "no number"])
def test_what_has_ended_does_not_open(anna: Client, sender: FakeSender, state: State) -> None:
    sender.shown = replace(sender.shown, recipients=(replace(JAN, level=1, state=state, actions=frozenset()),))
    text = visible(anna.get(S).text)
    assert "Opens with" not in text
    assert "Send the e-mail again" not in text


def test_a_false_alarm_says_that_the_message_stays_protected(anna: Client, sender: FakeSender) -> None:
    page = anna.get(S).text
    before = page.partition(f'action="{S}/false-alarm"')[0]
    assert "This message stays protected" in before[-700:]
    sender.shown = replace(sender.shown, false_alarm=True)
    assert "The message stays protected." in visible(anna.get(S).text)
