"""Writing back on the pages, with the real core behind them: what a recipient sees, types, sends and keeps."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.support.cast import COLLEAGUE, RECIPIENT, SENDER, Built, build
from tests.unit.conversations.reply_form import Writer, letter, post
from tests.unit.portal.portal_client import Answer
from tests.unit.portal.test_code import visible
from zegel.message.mime.view import content, view
from zegel.unlock.access import SESSION_IDLE
from zegel.unlock.password_way import RECENT_SECONDS
from zegel.vault.tables.records import Delivery

TEXT = "Beste dokter,\n\nmag ik donderdag komen? <b>& “groet”\nJan"
PHOTO = ('Foto 😀 "wond".jpg', "image/jpeg", b"\xff\xd8\xff" + bytes(range(256)) * 50)
NOTE = ("verslag.txt", "text/plain", "Vóór de operatie".encode())


@pytest.fixture
def jan(built: Built) -> Writer:
    return Writer(built)


@pytest.fixture
def mail(built: Built) -> Delivery:
    return built.seal(RECIPIENT, raw=letter())[0]


@pytest.fixture
def unlocked(jan: Writer, mail: Delivery) -> Delivery:
    assert jan.unlock(mail).header("Location") == f"{jan.path(mail)}/message"
    return mail


def said(page: Answer) -> str:
    """The words of a page, with ordinary blanks."""
    return visible(page.text).replace("\xa0", " ")


def copy_of(jan: Writer, delivery: Delivery) -> bytes:
    """The one reply, as it was sealed."""
    (entry,) = [each for each in jan.built.core.conversations.page(delivery).entries if each.own]
    return jan.built.core.replies.original(delivery, entry.id)


def receivers(jan: Writer, delivery: Delivery) -> set[str]:
    """Who gets the one reply."""
    (entry,) = [each for each in jan.built.core.conversations.page(delivery).entries if each.own]
    return {each.address for each in jan.built.core.vault.store.replies.addressees(entry.id)}


def test_the_message_offers_a_reply_as_the_one_thing_to_do(jan: Writer, unlocked: Delivery) -> None:
    page = jan.client.get(f"{jan.path(unlocked)}/message").text
    assert re.findall(r'class="button primary" href="([^"]+)"', page) == [f"{jan.path(unlocked)}/reply"]
    assert "/conversation" not in page
    jan.write(unlocked, TEXT)
    assert "Conversation (2)" in jan.client.get(f"{jan.path(unlocked)}/message").text


def test_the_form_says_who_gets_it_and_how_much_fits(jan: Writer, unlocked: Delivery) -> None:
    page = jan.client.get(f"{jan.path(unlocked)}/reply")
    assert page.status == 200
    assert f"Anna de Boer {SENDER}" in said(page)
    assert re.findall(r'type="checkbox" name="to-1" value="([^"]+)"(.*?)>', page.text) == [(COLLEAGUE, "")]
    assert "x@elders.example" not in page.text
    assert "At most 20 files, 25 MB together." in said(page)
    assert f'src="{jan.path(unlocked)}/body"' in page.text


def test_a_message_from_nobody_of_ours_cannot_be_answered(jan: Writer) -> None:
    raw = b"From: x@vreemd.example\r\nSubject: x\r\n\r\nx"
    (delivery,) = jan.built.seal(RECIPIENT, raw=raw, sender="y@vreemd.example")
    jan.unlock(delivery)
    assert f"{jan.path(delivery)}/reply" not in jan.client.get(f"{jan.path(delivery)}/message").text
    page = jan.client.get(f"{jan.path(delivery)}/reply").text
    assert "You cannot reply here" in page
    assert "<textarea" not in page


def test_text_and_files_arrive_as_they_were_sent(jan: Writer, unlocked: Delivery) -> None:
    answer = jan.write(unlocked, TEXT, PHOTO, NOTE)
    assert (answer.status, answer.header("Location")) == (303, f"{jan.path(unlocked)}/conversation?s=sent")
    raw = copy_of(jan, unlocked)
    seen = view(raw)
    assert "mag ik donderdag komen?" in seen.text
    assert [content(raw, each) for each in seen.attachments] == [PHOTO[2], NOTE[2]]
    assert [each.name for each in seen.attachments] == ["Foto 😀 _wond_.jpg", "verslag.txt"]
    assert receivers(jan, unlocked) == {SENDER}


def test_a_colleague_gets_it_when_he_is_ticked(jan: Writer, unlocked: Delivery) -> None:
    jan.write(unlocked, TEXT, to=[COLLEAGUE])
    assert receivers(jan, unlocked) == {SENDER, COLLEAGUE}


def test_two_presses_are_one_reply(jan: Writer, unlocked: Delivery) -> None:
    assert jan.write(unlocked, TEXT).status == jan.write(unlocked, TEXT).status == 303
    assert copy_of(jan, unlocked)


@pytest.mark.parametrize(
    ("text", "files", "to", "status", "field", "words"),
    [
        (" \n ", (), (), 422, "text", "Type your reply first"),
        ("a" * 130, (), (), 422, "text", "Your reply is 30 characters too long."),
        (TEXT, (NOTE, PHOTO, NOTE), (), 422, "files", "You can send 2 files at a time."),
        (TEXT, (("a.bin", "x/y", bytes(120_000)),), (), 413, "files", "Your files are too large together. 100"),
        (TEXT, (), ("x@elders.example",), 422, "", "cannot go to one of these people"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_all_that_was_typed_stays(
    tmp_path: Path, text: str, files: tuple[tuple[str, str, bytes], ...], to: tuple[str, ...], status: int, field: str,
    words: str,
) -> None:  # fmt: skip
    jan = Writer(build(tmp_path, "replies: {size: 100000, files: 2, text: 100}\n"))
    (delivery,) = jan.built.seal(RECIPIENT, raw=letter())
    jan.unlock(delivery)
    answer = jan.write(delivery, text, *files, to=[COLLEAGUE, *to])
    page = answer.text
    assert answer.status == status
    assert words in said(answer)
    assert "<title>Error: " in page
    if field:
        assert f'id="{field}-error" role="alert"' in page
        (tag,) = re.findall(rf'<(?:textarea|input) id="{field}"[^>]*>', page)
        assert 'aria-invalid="true"' in tag
        assert f'aria-describedby="{field}-error' in tag
    else:
        assert '<fieldset class="choices wrong" aria-describedby="error">' in page
    assert f"</b>{text}" not in page
    assert html.escape(text).strip() in page
    assert re.search(rf'value="{COLLEAGUE}" checked', page)
    assert ("Choose your files again" in page) == bool(files)
    assert not [each for each in jan.built.core.conversations.page(delivery).entries if each.own]
    jan.built.core.close()


def test_too_many_replies_say_until_when(tmp_path: Path) -> None:
    jan = Writer(build(tmp_path, "replies: {per_hour: 2}\n"))
    (delivery,) = jan.built.seal(RECIPIENT, raw=letter())
    jan.unlock(delivery)
    assert [jan.write(delivery, f"antwoord {n}").status for n in range(3)] == [303, 303, 429]
    answer = jan.write(delivery, TEXT)
    assert answer.header("Retry-After") == "3600"
    assert "You can send the next one from 10:00." in said(answer)
    jan.built.core.close()


def test_a_session_that_ended_keeps_what_was_typed(jan: Writer, unlocked: Delivery) -> None:
    path, form = jan.path(unlocked), jan.form(unlocked)
    jan.built.clock.pass_(SESSION_IDLE + 1)
    answer = jan.write(unlocked, TEXT, PHOTO, to=[COLLEAGUE], csrf=form)
    assert answer.header("Location") == f"{path}?s=draft&to=reply"
    assert "We kept what you typed." in jan.client.get(answer.header("Location")).text
    assert len(jan.built.core.conversations.page(unlocked).entries) == 1
    assert jan.unlock(unlocked, "?to=reply").header("Location") == f"{path}/reply"
    page = jan.client.get(f"{path}/reply").text
    assert html.escape(TEXT) in page
    assert f'value="{COLLEAGUE}" checked' in page
    assert "Did you choose files? Then choose them again." in page
    jan.write(unlocked, TEXT)
    assert "<textarea" in (page := jan.client.get(f"{path}/reply").text)
    assert "donderdag" not in page, "what was sent is no draft any more"


def test_a_draft_is_of_one_browser_and_sealed(jan: Writer, unlocked: Delivery) -> None:
    fields = [("csrf", jan.form(unlocked)), ("text", "geheime tekst")]
    assert post(jan.client, f"{jan.path(unlocked)}/draft", fields).status == 204
    assert "geheime tekst" in jan.client.get(f"{jan.path(unlocked)}/reply").text
    eva = Writer(jan.built)
    jan.built.clock.pass_(RECENT_SECONDS + 1)
    eva.unlock(unlocked)
    assert "geheime tekst" not in eva.client.get(f"{eva.path(unlocked)}/reply").text
    jan.built.core.vault.store.database.close()
    for file in jan.built.folder.rglob("*"):
        assert not file.is_file() or b"geheime tekst" not in file.read_bytes()


def test_typing_keeps_the_session_going(jan: Writer, unlocked: Delivery) -> None:
    fields = [("csrf", jan.form(unlocked)), ("text", "nog bezig")]
    for _ in range(4):
        jan.built.clock.pass_(SESSION_IDLE * 0.6)
        assert post(jan.client, f"{jan.path(unlocked)}/draft", fields).status == 204
    assert jan.client.get(f"{jan.path(unlocked)}/reply").status == 200


@pytest.mark.parametrize("path", ["/reply", "/draft"])
@pytest.mark.parametrize("csrf", ["", "x"])
def test_without_its_proof_nothing_is_sent_or_kept(jan: Writer, unlocked: Delivery, path: str, csrf: str) -> None:
    answer = post(jan.client, jan.path(unlocked) + path, [("csrf", csrf), ("text", TEXT)], [PHOTO])
    assert answer.status == 403
    assert len(jan.built.core.conversations.page(unlocked).entries) == 1
    assert "donderdag" not in jan.client.get(f"{jan.path(unlocked)}/reply").text


@pytest.mark.parametrize("to", ["reply", "conversation"])
def test_the_way_in_leads_on_to_what_was_asked_for(jan: Writer, mail: Delivery, to: str) -> None:
    path = jan.path(mail)
    assert jan.client.get(f"{path}/{to}").header("Location") == f"{path}?s=again&to={to}"
    assert jan.unlock(mail, f"?to={to}").header("Location") == f"{path}/{to}"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "message", "reply/1", "../x", "%0d%0aX: y"])
def test_the_way_in_leads_nowhere_else(jan: Writer, mail: Delivery, to: str) -> None:
    assert jan.unlock(mail, f"?to={to}").header("Location") == f"{jan.path(mail)}/message"
