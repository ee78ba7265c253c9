"""Writing back on the pages: forms that are too large, broken, late, or for a message that has ended."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import bottle
import pytest

from tests.support.cast import COLLEAGUE, RECIPIENT, SENDER, Built
from tests.unit.conversations.reply_form import KIND, Writer, encoded, letter, post
from tests.unit.portal.portal_client import settings_for
from tests.unit.portal.test_reply import NOTE, TEXT, receivers, said
from zegel.vault.tables.records import Delivery
from zegel_portal.http.forms import LARGEST_TEXT, Uploads
from zegel_web.request_bodies import BEGINNING


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


class Counted(io.BytesIO):
    """A body of a request that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_what_is_too_much_is_refused_by_its_length_and_the_text_stays(jan: Writer, unlocked: Delivery) -> None:
    fields = [("csrf", jan.form(unlocked)), ("to-1", COLLEAGUE), ("text", TEXT)]
    body = encoded(fields, [("groot.bin", "x/y", bytes(26_500_000))])
    source = Counted(body)
    more = {"CONTENT_TYPE": KIND, "wsgi.input": source}
    answer = jan.client.call("POST", f"{jan.path(unlocked)}/reply", body, **more)
    assert answer.status == 413
    assert source.taken <= BEGINNING
    assert "25 MB is the most." in said(answer)
    assert "mag ik donderdag komen?" in answer.text
    assert re.search(rf'value="{COLLEAGUE}" checked', answer.text)


def test_what_the_server_has_no_room_for_is_kept_as_far_as_it_came(jan: Writer, unlocked: Delivery) -> None:
    fields = [("csrf", jan.form(unlocked)), ("text", TEXT)]
    answer = post(jan.client, f"{jan.path(unlocked)}/reply", fields, [NOTE], length=900_000)
    assert (answer.status, answer.header("Retry-After")) == (503, "30")
    assert "It is busy right now. Your text is kept." in said(answer)
    assert html.escape(TEXT) in answer.text
    assert html.escape(TEXT) in jan.client.get(f"{jan.path(unlocked)}/reply").text


def a_large_request() -> bottle.LocalRequest:
    body = encoded([("csrf", "x"), ("text", TEXT)], [("a.bin", "x/y", bytes(300_000))])
    made = bottle.LocalRequest()
    made.bind(
        {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/m/abc/reply", "CONTENT_TYPE": KIND,
            "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        }
    )  # fmt: skip
    return made


def test_two_large_forms_are_in_memory_and_a_third_waits_in_vain() -> None:
    uploads = Uploads(settings_for(), patience=0.05)
    with uploads.posted(a_large_request()) as first, uploads.posted(a_large_request()) as second:
        assert len(first.files) == len(second.files) == 1
        with uploads.posted(a_large_request()) as third:
            assert (third.refused, third.files, third.fields["text"]) == ("busy", (), TEXT.replace("\n", "\r\n"))
    with uploads.posted(a_large_request()) as fourth:
        assert len(fourth.files) == 1


@pytest.mark.parametrize(
    "cut", [lambda body: body[:-300], lambda body: b"", lambda body: body.replace(b"\r\n\r\n", b"\r\n", 1)]
)
def test_a_broken_form_does_nothing(jan: Writer, unlocked: Delivery, cut: Callable[[bytes], bytes]) -> None:
    body = cut(encoded([("csrf", jan.form(unlocked)), ("text", TEXT)], [NOTE]))
    answer = jan.client.call("POST", f"{jan.path(unlocked)}/reply", body, CONTENT_TYPE=KIND)
    assert answer.status == 403
    assert len(jan.built.core.conversations.page(unlocked).entries) == 1


def test_only_the_pages_of_a_reply_take_more_than_a_form(jan: Writer, unlocked: Delivery) -> None:
    large = [("csrf", jan.form(unlocked)), ("text", "a" * 90_000)]
    for path, status in (("/reply", 303), ("/draft", 204), ("/enter", 413), ("/sign-out", 413), ("/conversation", 413)):
        assert post(jan.client, jan.path(unlocked) + path, large).status == status, path
    assert post(jan.client, "/m/unknown/reply", large).status == 404
    assert post(jan.client, f"{jan.path(unlocked)}/draft", [("csrf", "x"), ("text", "a" * LARGEST_TEXT)]).status == 403


def test_an_ended_message_takes_no_reply(jan: Writer, unlocked: Delivery) -> None:
    form = jan.form(unlocked)
    jan.built.clock.pass_(31 * 86_400)
    assert jan.write(unlocked, TEXT, csrf=form).status == 410
    assert jan.client.get(f"{jan.path(unlocked)}/reply").status == 410


def test_a_form_without_files_may_come_as_an_ordinary_form(jan: Writer, unlocked: Delivery) -> None:
    answer = jan.client.post(f"{jan.path(unlocked)}/reply", {"csrf": jan.form(unlocked), "text": TEXT})
    assert answer.header("Location").endswith("/conversation?s=sent")
    assert receivers(jan, unlocked) == {SENDER}


def test_the_page_weighs_little(jan: Writer, unlocked: Delivery) -> None:
    page = jan.client.get(f"{jan.path(unlocked)}/reply")
    assets = re.findall(r'(?:src|href)="((?:/static/|/logo)[^"]+)"', page.text)
    assert any("compose.js" in path for path in assets)
    assert len(page.body) + sum(len(jan.client.get(path, HTTP_ACCEPT_ENCODING="gzip").body) for path in assets) < 40_000
