"""The conversation on the pages, with the real core: what is in it, what became of it, and who may see it."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER
from tests.support.level2 import NUMBER, Level2
from tests.unit.conversations.reply_form import Writer, csrf_of, letter
from tests.unit.portal.test_code import visible
from tests.unit.portal.test_reply import NOTE, PHOTO, TEXT
from zegel.vault.tables.records import Delivery

HOUR, DAY = 3600, 86_400


@pytest.fixture
def jan(level2: Level2) -> Writer:
    return Writer(level2.built)


@pytest.fixture
def mail(level2: Level2) -> Delivery:
    (delivery,) = level2.built.seal(RECIPIENT, raw=letter())
    return delivery


def page(jan: Writer, delivery: Delivery) -> str:
    return jan.client.get(f"{jan.path(delivery)}/conversation").text


def words(html: str) -> str:
    """The words of a part of a page, with ordinary blanks."""
    return visible(f"<main {html}</main>").replace("\xa0", " ")


def entries(html: str) -> list[str]:
    """The words of each entry, in the order of the page."""
    return [words(each) for each in re.findall(r'<li class="(?:own|theirs)">.*?</li>', html, re.DOTALL)]


def reply_link(html: str) -> str:
    found = re.search(r'href="(/m/[^"]+/reply/\d+)"', html)
    assert found
    return found[1]


def test_everything_stands_there_oldest_first_with_what_became_of_it(
    jan: Writer, mail: Delivery, level2: Level2
) -> None:
    jan.unlock(mail)
    level2.clock.pass_(HOUR)
    jan.unlock(mail)
    jan.write(mail, TEXT)
    level2.clock.pass_(60)
    level2.built.seal(RECIPIENT, raw=letter(2, answers=1))
    first, own, second = entries(page(jan, mail))
    assert re.search(r"Anna de Boer \d\d:\d\d \(1 hour ago\) Hallo .* Open", first)
    assert re.search(r"You \d\d:\d\d \(1 minute ago\) Being sent .* Show", own)
    assert re.search(r"Anna de Boer .* Not opened yet Open", second)
    moment = r'<time datetime="2027-01-15T\d\d:\d\d\+00:00" title="15 January 2027 at \d\d:\d\d"'
    assert len(re.findall(moment, page(jan, mail))) == 3
    level2.run()
    assert "Being sent" not in entries(page(jan, mail))[1]


def test_after_sending_the_page_says_what_happens_next(jan: Writer, mail: Delivery) -> None:
    jan.unlock(mail)
    sent = jan.client.get(jan.write(mail, TEXT).header("Location")).text
    found = re.search(r'<div role="status">(.*?)</div></div>', sent, re.DOTALL)
    assert found
    assert words(found[1]).startswith(
        "Your reply is sent. When there is an answer, you get an e-mail at j•••@post.example."
    )
    assert len(entries(sent)) == 2


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("unknown", "does not exist any more. Ask the organisation to whom you can write."),
        ("full", "is full. Try again tomorrow, or call."),
        ("large", "Send it again with fewer or smaller files."),
        ("refused", "did not take it. Send it again without files, or call."),
        ("late", "could not be reached for some days. Send it again, or call."),
        ("something new", "did not take it."),
    ],
)
def test_a_failed_reply_says_for_whom_why_and_what_to_do(
    jan: Writer, mail: Delivery, level2: Level2, why: str, said: str
) -> None:
    jan.unlock(mail)
    jan.write(mail, TEXT, to=[COLLEAGUE])
    (own,) = [each for each in level2.core.conversations.page(mail).entries if each.own]
    replies = level2.store.replies
    (position,) = [each.position for each in replies.addressees(own.id) if each.address == COLLEAGUE]
    level2.store.write(lambda: replies.failed(own.id, position, why.partition(" ")[0], level2.clock()))
    shown = entries(page(jan, mail))[1]
    assert "Could not be delivered" in shown
    assert COLLEAGUE in shown
    assert said in shown
    assert SENDER not in shown
    assert said in visible(jan.client.get(reply_link(page(jan, mail))).text)


def test_an_own_reply_is_shown_like_a_message(jan: Writer, mail: Delivery) -> None:
    jan.unlock(mail)
    jan.write(mail, TEXT, PHOTO, NOTE)
    link = reply_link(page(jan, mail))
    shown = jan.client.get(link)
    assert shown.status == 200
    assert "uitslag" in visible(shown.text)
    assert "Foto 😀 _wond_.jpg" in shown.text
    assert f'src="{link}/body"' in shown.text
    body = jan.client.get(f"{link}/body")
    assert "mag ik donderdag komen? &lt;b&gt;&amp;" in body.text
    assert "sandbox" in body.header("Content-Security-Policy")
    files = [jan.client.get(each) for each in re.findall(r'href="(/m/[^"]+/reply/\d+/file/\d+)"', shown.text)]
    assert [each.body for each in files] == [PHOTO[2], NOTE[2]]
    assert "foto" in files[0].header("Content-Disposition").lower()
    assert "sandbox" in files[0].header("Content-Security-Policy").split("; ")


@pytest.mark.parametrize("path", ["/reply/1", "/reply/1/body", "/reply/1/file/1", "/reply/{own}/file/99"])
def test_what_is_not_his_is_not_there(jan: Writer, mail: Delivery, path: str) -> None:
    jan.unlock(mail)
    jan.write(mail, TEXT)
    own = reply_link(page(jan, mail)).rpartition("/")[2]
    answer = jan.client.get(jan.path(mail) + path.format(own=own))
    assert answer.status == 404
    assert "This reply is not here any more" in answer.text


def test_other_recipients_see_nothing_of_it(level2: Level2) -> None:
    jans, evas = level2.built.seal(RECIPIENT, OTHER, raw=letter())
    jan, eva = Writer(level2.built), Writer(level2.built)
    jan.unlock(jans)
    eva.unlock(evas)
    jan.write(jans, TEXT)
    eva.write(evas, "Van Eva")
    own = reply_link(page(jan, jans)).rpartition("/")[2]
    assert len(entries(page(eva, evas))) == len(entries(page(jan, jans))) == 2
    assert own not in page(eva, evas)
    for path in (f"/reply/{own}", f"/reply/{own}/body", f"/reply/{own}/file/1"):
        assert eva.client.get(eva.path(evas) + path).status == 404
        assert eva.client.get(jan.path(jans) + path).status in (303, 403)


def test_without_a_session_nothing_is_shown(jan: Writer, mail: Delivery) -> None:
    jan.unlock(mail)
    jan.write(mail, TEXT)
    link = reply_link(page(jan, mail))
    stranger = Writer(jan.built)
    path = jan.path(mail)
    assert stranger.client.get(f"{path}/conversation").header("Location") == f"{path}?s=again&to=conversation"
    assert stranger.client.get(link).header("Location") == f"{path}?s=again&to=conversation"
    assert stranger.client.get(f"{link}/body").status == stranger.client.get(f"{link}/file/1").status == 403


def test_a_message_that_takes_a_code_opens_all_and_leads_back(jan: Writer, mail: Delivery, level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.clock.pass_(60)
    raw = letter(2, answers=1).replace(b"Subject: uitslag", b"Subject: geheim onderwerp")
    (high,) = level2.built.seal(RECIPIENT, raw=raw, level=2)
    level2.run()
    jan.unlock(mail)
    shown = page(jan, mail)
    assert "One message here needs a code." in visible(shown)
    assert "Needs a code" in entries(shown)[1]
    key = f"/m/{level2.link(high)}?to=conversation"
    assert f'href="{key}"' in shown
    landing = jan.client.get(key)
    sent = jan.client.post(f"{jan.path(high)}/code?to=conversation", {"csrf": csrf_of(landing)})
    assert "to=conversation" in sent.header("Location")
    level2.run()
    form = jan.client.get(sent.header("Location"))
    answer = jan.client.post(f"{jan.path(high)}/enter?to=conversation", {"csrf": csrf_of(form), "code": level2.code()})
    assert answer.header("Location") == f"{jan.path(high)}/conversation"
    shown = page(jan, high)
    assert "needs a code" not in visible(shown)
    assert [link for link in re.findall(r'href="([^"]+/message)"', shown) if jan.client.get(link).status != 200] == []


def test_one_unlock_opens_all_of_the_same_level(jan: Writer, mail: Delivery, level2: Level2) -> None:
    (second,) = level2.built.seal(RECIPIENT, raw=letter(2, answers=1))
    jan.unlock(mail)
    (link,) = [each for each in re.findall(r'href="([^"]+/message)"', page(jan, mail)) if jan.path(second) in each]
    assert jan.client.get(link).status == 200


def test_what_has_ended_says_so_and_cannot_be_opened(jan: Writer, mail: Delivery, level2: Level2) -> None:
    level2.clock.pass_(20 * DAY)
    (second,) = level2.built.seal(RECIPIENT, raw=letter(2, answers=1))
    level2.clock.pass_(11 * DAY)
    level2.upkeep()
    jan.unlock(second)
    first = entries(page(jan, second))[0]
    assert first.endswith("Expired")
    assert jan.path(mail) not in page(jan, second)


SECRET = "BSN 111222333 van Jan"


@pytest.mark.parametrize("shut", ["not mine", "locked"])
def test_shutting_what_takes_a_code_does_not_show_its_subject(
    jan: Writer, mail: Delivery, level2: Level2, shut: str
) -> None:
    """Whoever reads the mailbox has both links and the password, and can shut the one that he cannot open."""
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.clock.pass_(60)
    (high,) = level2.built.seal(RECIPIENT, raw=letter(2, answers=1), level=2, subject=SECRET)
    if shut == "not mine":
        assert level2.core.trust.feedback.not_mine(high, "person")
    else:
        level2.store.write(lambda: level2.store.deliveries.lock(high.id, level2.clock()))
    jan.unlock(mail)
    shown = page(jan, mail)
    assert SECRET not in shown
    assert "Needs a code" in entries(shown)[1]


def test_the_subject_of_what_was_withdrawn_is_told_as_before_the_unlock(
    jan: Writer, mail: Delivery, level2: Level2
) -> None:
    level2.clock.pass_(60)
    (second,) = level2.built.seal(RECIPIENT, raw=letter(2, answers=1), subject=SECRET)
    message = level2.store.message(second.message_id)
    assert message is not None and level2.sender.recall(message, None) == 1
    jan.unlock(mail)
    shown = page(jan, mail)
    assert entries(shown)[1].endswith("The sender withdrew it")
    assert SECRET not in shown
