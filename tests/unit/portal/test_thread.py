"""A conversation as people know it: texts in one column, the newest open, quotations folded, a page of a long one."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from tests.support.cast import RECIPIENT
from tests.support.level2 import Level2
from tests.unit.conversations.reply_form import Writer, letter
from tests.unit.portal.test_reply import NOTE, TEXT
from zegel.conversations.conversations import MOST_ENTRIES
from zegel.vault.tables.records import Delivery

MANY = 200


@pytest.fixture
def jan(level2: Level2) -> Writer:
    return Writer(level2.built)


@pytest.fixture
def mail(level2: Level2) -> Delivery:
    (delivery,) = level2.built.seal(RECIPIENT, raw=letter())
    return delivery


def look(jan: Writer, delivery: Delivery, query: str = "") -> str:
    return jan.client.get(f"{jan.path(delivery)}/conversation{query}").text


def answers(level2: Level2, numbers: Iterable[int]) -> list[Delivery]:
    """Answers in the same thread, a minute apart, the oldest first."""
    made = []
    for number in numbers:
        level2.clock.pass_(60)
        made += level2.built.seal(RECIPIENT, raw=letter(number, answers=1))
    return made


def test_the_newest_is_open_and_the_others_are_folded(jan: Writer, mail: Delivery, level2: Level2) -> None:
    jan.unlock(mail)
    answers(level2, (2, 3))
    page = look(jan, mail)
    folded = re.findall(r"<li class=\"theirs\">\s*<details( open)?>", page)
    assert folded == ["", "", " open"]
    assert page.count('loading="lazy"') == 2, "a browser asks for no text that is folded away"


def test_what_was_not_opened_is_opened_by_its_text_and_not_by_the_list(
    jan: Writer, mail: Delivery, level2: Level2
) -> None:
    jan.unlock(mail)
    answer, _ = answers(level2, (2, 3))
    page = look(jan, mail)
    assert level2.now(answer).state == "notified"
    text = re.findall(r'src="(/m/[^"]+/body\?fold=1)"', page)[1]
    assert jan.client.get(text).status == 200
    assert level2.now(answer).state == "opened"


def test_an_own_reply_shows_its_first_words_and_its_files(jan: Writer, mail: Delivery) -> None:
    jan.unlock(mail)
    jan.write(mail, TEXT, NOTE)
    page = look(jan, mail)
    own = page.partition('<li class="own">')[2].partition("</li>")[0]
    assert "mag ik donderdag komen?" in own
    (file,) = re.findall(r'href="([^"]+/file/\d+)"', own)
    assert jan.client.get(file).body == NOTE[2]
    (text,) = re.findall(r'src="([^"]+/body\?fold=1)"', own)
    assert "mag ik donderdag komen?" in jan.client.get(text).text


def test_the_answer_is_written_at_the_end_and_a_draft_is_there(jan: Writer, mail: Delivery) -> None:
    jan.unlock(mail)
    page = look(jan, mail)
    assert page.index('class="talk"') < page.index('class="compose"')
    assert "autofocus" not in page, "the page begins at its top"
    path = jan.path(mail)
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    assert jan.client.post(f"{path}/draft", {"csrf": found[1], "text": "Half geschre"}).status == 204
    assert "\nHalf geschre</textarea>" in look(jan, mail)


def test_a_long_conversation_comes_a_page_at_a_time(jan: Writer, mail: Delivery, level2: Level2) -> None:
    answers(level2, range(2, MANY + 1))
    jan.unlock(mail)
    seen, query = 0, ""
    for _ in range(MANY // MOST_ENTRIES):
        answer = jan.client.get(f"{jan.path(mail)}/conversation{query}")
        assert len(answer.body) < 45_000
        seen += answer.text.count('<li class="theirs">')
        assert ("compose" in answer.text) is (not query)
        earlier = re.search(r"/conversation(\?before=\d+)\"[^>]*>(?:(?!</a>).)*earlier", answer.text, re.DOTALL)
        query = earlier[1] if earlier else ""
    assert seen == MANY
    assert not query
    assert "Later messages" in answer.text


@pytest.mark.parametrize(
    "query",
    ["?before=0", "?before=-5", "?after=x", "?before=999999", "?after=" + "9" * 18, "?before=" + "9" * 40, "?to=2"],
)
def test_a_page_of_it_that_is_not_there_is_the_last(jan: Writer, mail: Delivery, query: str) -> None:
    jan.unlock(mail)
    assert 'class="compose"' in look(jan, mail, query)
