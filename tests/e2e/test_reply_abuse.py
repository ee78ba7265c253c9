"""Everything that somebody with a link and a password may try with the reply form: nobody else is ever reached."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.post import COLLEAGUE, SENDER, Post
from tests.e2e.recipient import Recipient
from tests.e2e.writing_back import Files, from_jan, jan_reads, reply_form, with_files, write

VICTIM = "slachtoffer@elders.example"
EVA, KEES = "eva.eerlijk@post.example", "kees.keurig@post.example"
"""Recipients of other messages."""


@pytest.fixture(scope="module")
def jan(post: Post) -> Iterator[Recipient]:
    """A recipient who has opened a message on which a colleague is too; in the end nobody else got a mail."""
    before = set(post.maildirs.addresses())
    someone = Recipient(post, post.somebody())
    jan_reads(someone, post, to=f"{someone.address}, {COLLEAGUE}")
    yield someone
    post.settle(30)
    reached = set(post.maildirs.addresses()) - before - {someone.address, SENDER, COLLEAGUE, EVA, KEES}
    assert reached == set()


OTHERS = [
    VICTIM,
    "jan@post.example",
    "directie@kliniek.example",
    f"{COLLEAGUE}, {VICTIM}",
    f"{COLLEAGUE};{VICTIM}",
    f"{COLLEAGUE}\r\nBcc: {VICTIM}",
    f"{COLLEAGUE}\nRCPT TO:<{VICTIM}>",
    f"{COLLEAGUE}>\r\nRCPT TO:<{VICTIM}",
    f"<{COLLEAGUE}>,<{VICTIM}>",
    f"{COLLEAGUE}%0d%0aBcc:{VICTIM}",
    "slachtoffer%elders.example@kliniek.example",
    "elders.example!slachtoffer@kliniek.example",
    '"slachtoffer@elders.example"@kliniek.example',
    f"@kliniek.example:{VICTIM}",
    f"{COLLEAGUE}@elders.example",
    "bram.bakker@kliniek.example.elders.example",
    "bram.bakker@sub.kliniek.example",
    "bram.bakker@\u212aliniek.example\u3002elders.example",
    "bram.bakker",
    "postmaster",
    "|/bin/sh",
    "/tmp/bestand",
    ":include:/etc/passwd",
    "\x00",
]


@pytest.mark.parametrize("to", OTHERS)
def test_nobody_else_can_be_named(post: Post, jan: Recipient, to: str) -> None:
    text = f"Voor een ander, {OTHERS.index(to)}"
    page = write(jan, text, more={"to-1": COLLEAGUE, "to-2": to})
    assert page.status == 422
    assert not any(text in each.body("plain") for each in post.letters(SENDER))


@pytest.mark.parametrize(
    "more",
    [
        {"from": VICTIM},
        {"reply-to": VICTIM, "sender": VICTIM},
        {"subject": f"x\r\nBcc: {VICTIM}"},
        {"bcc": VICTIM, "cc": VICTIM, "recipient": VICTIM, "to": VICTIM},
        {"text": f".\r\nMAIL FROM:<{VICTIM}>\r\nRCPT TO:<{VICTIM}>\r\nDATA\r\n"},
        {"text": f"Bcc: {VICTIM}\r\nX: y\r\n\r\nhoi"},
    ],
)
def test_no_other_field_or_text_changes_the_mail(post: Post, jan: Recipient, more: dict[str, str]) -> None:
    mark = f"merk {len(str(more))} {sorted(more)}"
    words = more.get("text", "hoi") + f"\n{mark}"
    assert write(jan, words, more=more | {"text": words}).status == 200
    letter = post.wait_for_mail(SENDER, lambda each: mark in each.body("plain"), 30)
    assert jan.address in letter.header("Reply-To") and letter.header("From").endswith("<no-reply@kliniek.example>")
    assert letter.header("Subject") == "Re: Uw gegevens" and letter.header("To") == f"Anna de Wit <{SENDER}>"
    assert not any(letter.header(name) for name in ("Bcc", "Cc", "Sender", "X"))


HOSTILE_FILES: list[Files] = [
    {f"x\r\nBcc: {VICTIM}\r\n.txt": ("text/plain", b"x")},
    {"x.txt": (f"text/plain\r\nBcc: {VICTIM}", b"x")},
    {"x.eml": ("message/rfc822", f"Bcc: {VICTIM}\r\n\r\nx".encode())},
    {"x": ("multipart/mixed; boundary=y", b"--y\r\n\r\nz\r\n--y--")},
]


@pytest.mark.parametrize("files", HOSTILE_FILES)
def test_no_file_gets_into_the_structure(post: Post, jan: Recipient, files: Files) -> None:
    mark = f"bestand {HOSTILE_FILES.index(files)}"
    page = write(jan, mark, files)
    assert page.status in (200, 400, 422)
    if page.status == 200:
        letter = post.wait_for_mail(SENDER, lambda each: mark in each.body("plain"), 30)
        assert not letter.header("Bcc") and len(letter.attachments()) <= 1


def test_a_form_without_its_token_or_its_session_sends_nothing(post: Post, jan: Recipient) -> None:
    form = reply_form(jan)
    stolen = with_files(form, {}, {"text": "zonder sleutel", "csrf": "x" * 43})
    assert jan.visitor.ask(stolen).status == 403
    stranger = Recipient(post, jan.address)
    stranger.visitor.get(form.action.removesuffix("/reply"))
    request = urllib.request.Request(form.action, data=with_files(form, {}, {"text": "van een ander"}).data)
    assert stranger.visitor.ask(request).status in (400, 403)
    post.settle(30)
    assert not any("zonder sleutel" in each.body("plain") for each in post.letters(SENDER) if from_jan(jan)(each))


def test_the_eleventh_in_an_hour_waits(post: Post, jan: Recipient) -> None:
    pages = [write(jan, f"nummer {number}") for number in range(11)]
    assert pages[-1].status == 429 and int(pages[-1].headers["Retry-After"]) > 0


def test_the_link_of_another_does_not_show_the_reply(post: Post) -> None:
    eva, kees = Recipient(post, EVA), Recipient(post, KEES)
    jan_reads(eva, post)
    jan_reads(kees, post)
    copies = re.findall(r"/reply/(\d+)", write(kees, "alleen van mij").text)
    hers = reply_form(eva).action
    assert copies and {eva.visitor.get(f"{hers}/{number}").status for number in copies} == {404}
    assert kees.visitor.get(f"{reply_form(kees).action}/{copies[-1]}").status == 200
