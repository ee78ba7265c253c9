"""What recipients write back: to whom it may go, what it looks like, and what is refused."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER
from tests.support.level2 import Level2
from tests.unit.conversations.replying import FIRST_ID, Answering, text_of, written
from zegel.conversations.replies import Replied, ReplyRefused, Upload
from zegel.mail.reply_reference import reference, references_in
from zegel.vault.tables.records import Delivery

DAY = 86_400
PDF = Upload("brief.pdf", "application/pdf", b"%PDF-1.4 x")


@pytest.fixture
def answering(level2: Level2) -> Answering:
    return Answering(level2)


def addresses(answering: Answering, delivery: Delivery) -> list[tuple[str, bool]]:
    return [(each.address, each.always) for each in answering.level2.core.replies.addressees(delivery)]


# To whom.


def test_a_reply_may_go_to_who_wrote_and_to_colleagues_on_the_message(answering: Answering) -> None:
    delivery = answering.seal()
    assert addresses(answering, delivery) == [(SENDER, True), (COLLEAGUE, False)]
    names = [each.name for each in answering.level2.core.replies.addressees(delivery)]
    assert names == ["Anna de Boer", "Bram"]


@pytest.mark.parametrize(
    ("headers", "wrote"),
    [
        (("From: anna@kliniek.example", "Reply-To: balie@kliniek.example"), "balie@kliniek.example"),
        (("From: anna@kliniek.example", "Reply-To: anna@thuis.example"), SENDER),
        (("From: anna@thuis.example", "Reply-To: x@y.example"), "envelope@kliniek.example"),
        (("Subject: x",), "envelope@kliniek.example"),
        (("From: Anna@KLINIEK.example",), "Anna@KLINIEK.example"),
    ],
)
def test_who_wrote_is_found_in_reply_to_then_from_then_the_envelope(
    answering: Answering, headers: tuple[str, ...], wrote: str
) -> None:
    delivery = answering.seal(written(*headers), sender="envelope@kliniek.example")
    assert addresses(answering, delivery)[0] == (wrote, True)


@pytest.mark.parametrize("sender", ["", "iemand@elders.example", "a%elders.example@kliniek.example"])
def test_without_anybody_of_ours_nobody_gets_a_reply(answering: Answering, sender: str) -> None:
    delivery = answering.seal(written("From: x@elders.example", "To: jan@post.example"), sender=sender)
    assert addresses(answering, delivery) == []
    assert answering.level2.core.replies.send(delivery, [], "hoi", []) == ReplyRefused("addressee")


ELSEWHERE = [
    OTHER,
    RECIPIENT,
    "baas@kliniek.example",
    "slachtoffer@post.example",
    f"{COLLEAGUE}, x@post.example",
    f"{COLLEAGUE}\r\nBcc: x@post.example",
    f"{COLLEAGUE}\nRCPT TO:<x@post.example>",
    f"<{COLLEAGUE}> <x@post.example>",
    "x%post.example@kliniek.example",
    "post.example!x@kliniek.example",
    '"x@post.example"@kliniek.example',
    "@kliniek.example:x@post.example",
    "x@post.example@kliniek.example",
    f"{COLLEAGUE}.post.example",
    "bram@kliniek.example.",
    "bram@sub.kliniek.example",
    "bram@kliniek.example@post.example",
    "bram\x00@kliniek.example",
    "bram",
    "",
    "postmaster",
    "|/bin/sh",
    "/dev/null",
    ":include:/etc/passwd",
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_else_can_be_reached(answering: Answering, to: str) -> None:
    delivery = answering.seal()
    core = answering.level2.core
    answer = core.replies.send(delivery, [to], "hoi", [])
    if to == "bram@kliniek.example.":
        # The same mailbox written another way: it is what the message has that is used.
        assert isinstance(answer, Replied)
        assert list(answering.became(answer.reply_id)) == [SENDER, COLLEAGUE]
        return
    assert answer == ReplyRefused("addressee")
    assert "reply" not in answering.level2.due()
    assert "replied" not in answering.level2.events()


HOSTILE_HEADERS = [
    ("From: Anna <anna@kliniek.example>", "Cc: x%post.example@kliniek.example"),
    ("From: Anna <anna@kliniek.example>", "Cc: post.example!x@kliniek.example"),
    ("From: Anna <anna@kliniek.example>", 'Cc: "x@post.example"@kliniek.example'),
    ("From: Anna <anna@kliniek.example>", "Cc: <@kliniek.example:x@post.example>"),
    ("From: Anna <anna@kliniek.example>", "Cc: groep: x@post.example, y@elders.example;"),
    ("From: Anna <anna@kliniek.example>", "Cc: =?utf-8?q?bram=40kliniek.example=0d=0aBcc:x=40post.example?="),
    ("From: Anna <anna@kliniek.example>", "Cc: bram @kliniek.example <x@post.example>"),
    ("From: Anna <anna@kliniek.example>", "Cc: |/bin/sh@kliniek.example <|/bin/sh@kliniek.example x>"),
    ("From: Anna <anna@kliniek.example>", "Bcc: baas@kliniek.example"),
]


@pytest.mark.parametrize("headers", HOSTILE_HEADERS)
def test_addresses_that_postfix_could_take_for_others_are_not_offered(
    answering: Answering, headers: tuple[str, ...]
) -> None:
    assert addresses(answering, answering.seal(written(*headers))) == [(SENDER, True)]


# What it looks like.


def test_a_reply_stands_in_the_thread_and_is_answered_to_who_wrote_it(answering: Answering) -> None:
    delivery = answering.seal()
    mail = answering.mail(delivery, answering.send(delivery, to=(COLLEAGUE,)))
    assert str(mail["From"]) == '"Jan Jansen (via De Kliniek)" <no-reply@kliniek.example>'
    assert str(mail["Reply-To"]) == f"Jan Jansen <{RECIPIENT}>"
    assert str(mail["To"]) == f"Anna de Boer <{SENDER}>, Bram <{COLLEAGUE}>"
    assert str(mail["Subject"]) == "Re: uitslag"
    assert str(mail["In-Reply-To"]) == str(mail["References"]) == FIRST_ID
    assert "Auto-Submitted" not in mail and mail["Date"] is not None


@pytest.mark.parametrize(
    "name",
    ["directeur@kliniek.example", "De Kliniek", "Anna de Boer", "Boer, Anna de", "kl\u0456niek.example", "Bram"],
    ids=ascii,
)
def test_a_name_that_passes_for_one_of_ours_is_not_written_before_our_address(answering: Answering, name: str) -> None:
    fields = (f"From: Anna de Boer <{SENDER}>", f'To: "{name}" <{RECIPIENT}>', f"Cc: Bram <{COLLEAGUE}>")
    delivery = answering.seal(written(*fields, "Subject: uitslag", f"Message-ID: {FIRST_ID}"))
    mail = answering.mail(delivery, answering.send(delivery))
    assert str(mail["From"]) == f'"{RECIPIENT} (via De Kliniek)" <no-reply@kliniek.example>'
    assert str(mail["Reply-To"]) == RECIPIENT


@pytest.mark.parametrize(
    ("fields", "references"),
    [
        (("References: <a@x> <b@x>", "In-Reply-To: <b@x>"), f"<a@x> <b@x> {FIRST_ID}"),
        (("In-Reply-To: <b@x>",), f"<b@x> {FIRST_ID}"),
        (("In-Reply-To: <b@x> <c@x>",), f"<b@x> {FIRST_ID}"),
        (("References: geen <a b> <\xe9@x> <>", "In-Reply-To: Bericht van Jan"), FIRST_ID),
    ],
)
def test_references_are_those_of_the_parent_and_the_parent(
    answering: Answering, fields: tuple[str, ...], references: str
) -> None:
    """RFC 5322, 3.6.4, but for an In-Reply-To with several: its first."""
    raw = written(f"From: {SENDER}", f"Message-ID: {FIRST_ID}", *fields)
    delivery = answering.seal(raw)
    assert " ".join(str(answering.mail(delivery, answering.send(delivery))["References"]).split()) == references


def test_a_message_without_an_id_gets_a_reply_without_a_thread(answering: Answering) -> None:
    delivery = answering.seal(written(f"From: {SENDER}"))
    mail = answering.mail(delivery, answering.send(delivery))
    assert "In-Reply-To" not in mail and "References" not in mail


@pytest.mark.parametrize(("level", "how"), [(1, "wachtwoord per e-mail"), (2, "code naar de telefoon")])
def test_the_text_says_how_it_was_written_and_has_a_reference_that_survives_quoting(
    answering: Answering, level: int, how: str
) -> None:
    delivery = answering.seal(level=level)
    reply = answering.send(delivery, "Dag Anna,\n\nzie https://x.example/?a=b&c.\n\n- een\n- <b>twee</b>")
    mail = answering.mail(delivery, reply)
    text, html = text_of(mail), text_of(mail, "html")
    assert text.startswith("Dag Anna,\n\nzie https://x.example/?a=b&c.\n") and how in text and how in html
    assert '<a class="zegel-link" href="https://x.example/?a=b&amp;c"' in html
    assert "<li>een</li>" in html and "<li>&lt;b&gt;twee&lt;/b&gt;</li>" in html
    key = answering.level2.core.vault.keys.reply
    for quoted in (text.replace("\n", "\n> "), html, str(mail["Message-ID"])):
        assert list(references_in(key, quoted)) == [(reply, level)]


def test_a_reference_that_was_made_up_or_changed_is_none() -> None:
    key, other = b"k" * 32, b"x" * 32
    right = reference(key, 2**63 - 1, 2)
    assert list(references_in(key, f"> {right.upper()}.")) == [(2**63 - 1, 2)]
    changed = right[:-1] + ("a" if right[-1] != "a" else "b")
    for wrong in (reference(other, 5, 2), changed, right[:-1], right + "a", "zegelref" + "a" * 24):
        assert list(references_in(key, wrong)) == []


@pytest.mark.parametrize(
    "name",
    [
        "x\r\nBcc: piet@post.example",
        "x\nContent-Type: text/html",
        "\u2028Bcc: piet@post.example",
        "\x00\x0bx",
        '"; filename="kwaad.exe',
        "..\\..\\kwaad.exe",
        "../../etc/passwd",
        "=?utf-8?q?kwaad=0d=0aBcc:_x?=",
        "a" * 5000,
        "é" * 400 + ".pdf",
        "\ud800",
        "",
    ],
)
def test_no_file_name_gets_into_the_structure(answering: Answering, name: str) -> None:
    delivery = answering.seal()
    mail = answering.mail(delivery, answering.send(delivery, files=(Upload(name, "text/x\r\nBcc: x", b"\r\n.\r\n"),)))
    assert "Bcc" not in mail and [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/octet-stream",
    ]  # fmt: skip
    (file,) = mail.iter_attachments()
    told = file.get_filename() or ""
    assert file.get_payload(decode=True) == b"\r\n.\r\n"
    assert told and not re.search(r"[\r\n\x00/\\\"]", told) and len(told.encode()) <= 255


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("Image/PNG", "image/png"),
        ("multipart/mixed; boundary=x", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("message/rfc822", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_type_that_is_a_structure_of_its_own_becomes_bytes(answering: Answering, given: str, sent: str) -> None:
    delivery = answering.seal()
    mail = answering.mail(delivery, answering.send(delivery, files=(Upload("x", given, b"--x\r\n\r\ny"),)))
    assert [file.get_content_type() for file in mail.iter_attachments()] == [sent]


def test_no_name_or_subject_of_the_original_gets_into_the_structure(answering: Answering) -> None:
    evil = "=?utf-8?q?Jan=0d=0aBcc:_x=40post.example=0d=0a=0d=0akwaad?="
    raw = written(f"From: {evil} <{SENDER}>", f"To: {evil} <{RECIPIENT}>", f"Subject: {evil}")
    delivery = answering.seal(raw)
    mail = answering.mail(delivery, answering.send(delivery))
    assert "Bcc" not in mail and mail.get_content_type() == "multipart/alternative"
    assert set(mail.keys()) == {
        "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert str(mail["Reply-To"].addresses[0].addr_spec) == RECIPIENT


def test_control_characters_in_the_text_are_left_out(answering: Answering) -> None:
    delivery = answering.seal()
    reply = answering.send(delivery, "een\x00\x1b[31m\rtwee\u2028drie\ud800\n.\nvier\n")
    assert text_of(answering.mail(delivery, reply)).startswith("een[31m\ntwee\ndrie\n.\nvier\n\n____")
