"""What a recipient sees of a mail, and the files, byte for byte."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest

from tests.unit.message import message_samples as samples
from tests.unit.message.message_samples import file_part, mail, text_part
from zegel.message.mime.headers import Address
from zegel.message.mime.view import content, view
from zegel.message.text.safe_names import safe_name, safe_text


def multi(kind: str, boundary: str, *parts: bytes) -> bytes:
    """A multipart to put in a mail."""
    delimiter = b"\r\n--" + boundary.encode()
    head = f"Content-Type: multipart/{kind}; boundary={boundary}\r\n".encode()
    return head + b"".join(delimiter + b"\r\n" + part for part in parts) + delimiter + b"--"


def test_the_header_is_shown_decoded() -> None:
    seen = view(
        b"From: =?utf-8?q?Ans_de_Vri=C3=ABs?= <ans@clinic.example>\r\nTo: Pat <pat@post.example>, b@post.example\r\n"
        b"Cc: c@post.example\r\nSubject: =?utf-8?q?Pati=C3=ABnt?=\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n\r\nhi"
    )
    assert seen.subject == "Patiënt"
    assert seen.sender == Address("Ans de Vriës", "ans@clinic.example")
    assert seen.to == (Address("Pat", "pat@post.example"), Address("", "b@post.example"))
    assert seen.cc == (Address("", "c@post.example"),)
    assert seen.date == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert (seen.text, seen.html) == ("hi", "")


@pytest.mark.parametrize(
    "date", [b"", b"yesterday", b"Tue, 99 Mar 2026", b"Fri, 31 Dec 9999 23:59:59 -2359", b"\xff" * 9]
)
def test_a_date_that_is_none_is_left_out(date: bytes) -> None:
    assert view(b"Date: " + date + b"\r\n\r\nx").date is None


def test_of_alternatives_both_are_given_and_html_speaks_for_itself() -> None:
    both = view(mail(text_part("plain"), text_part("<p>rich</p>", "html"), kind="alternative"))
    assert (both.text, both.html) == ("plain", "<p>rich</p>")
    alone = view(b"Content-Type: text/html\r\n\r\n<p>Dear <b>Pat</b></p>")
    assert (alone.text, alone.html) == ("Dear Pat", "<p>Dear <b>Pat</b></p>")


def test_several_bodies_follow_each_other() -> None:
    seen = view(mail(text_part("<p>one</p>", "html"), file_part(b"x", "a.pdf"), text_part("two <footer>")))
    assert seen.text == "one\n\ntwo <footer>"
    assert seen.html.startswith("<p>one</p>")
    assert "two &lt;footer&gt;" in seen.html
    assert [file.name for file in seen.attachments] == ["a.pdf"]


def test_pictures_that_the_html_shows_are_inline_and_others_are_files() -> None:
    def picture(identity: bytes) -> bytes:
        return b"Content-Type: image/png\r\nContent-ID: <%b>\r\n\r\n%b" % (identity, samples.png())

    body = multi("related", "r", text_part('<img src="cid:logo@x">', "html"), picture(b"logo@x"), picture(b"other"))
    seen = view(mail(body))
    assert set(seen.inline) == {"logo@x"}
    assert [file.part.content_id for file in seen.attachments] == ["other"]
    assert [file.index for file in (*seen.inline.values(), *seen.attachments)] == [1, 2]


@pytest.mark.parametrize("data", [b"", b"\0\xff" * 500, b"line\r\n", os.urandom(10_000)])
def test_a_file_comes_out_byte_for_byte(data: bytes) -> None:
    raw = mail(text_part("x"), file_part(data, "a.bin"))
    (file,) = view(raw).attachments
    assert content(raw, file) == data
    assert file.size == len(data)


def test_a_nested_mail_is_a_file_named_after_its_subject() -> None:
    inner = b"Subject: Old news\r\nFrom: a@clinic.example\r\n\r\nhi"
    raw = mail(text_part("x"), b"Content-Type: message/rfc822\r\n\r\n" + inner)
    (file,) = view(raw).attachments
    assert file.name == "Old news.eml"
    assert content(raw, file) == inner


@pytest.mark.parametrize(
    ("raw", "simple"),
    [
        (b"\r\nhi", True),
        (mail(text_part("x"), file_part(b"x", "a.pdf")), True),
        (mail(text_part("x"), text_part("<p>", "html"), kind="alternative"), True),
        (mail(text_part("x"), file_part(b"x", "s.p7s", "application/pkcs7-signature"), kind="signed"), False),
        (mail(file_part(b"x", "a.asc", "application/pgp-encrypted"), text_part("x"), kind="encrypted"), False),
        (b"Content-Type: application/pkcs7-mime\r\n\r\nx", False),
        (mail(text_part("x"), kind="unheard-of"), False),
        (mail(file_part(b"x", "a.pdf")), False),
        (b"Content-Type: multipart/mixed\r\n\r\nbroken", False),
    ],
)
def test_only_simple_mails_can_be_parted(raw: bytes, simple: bool) -> None:
    assert view(raw).simple is simple


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\a.exe", "a.exe"),
        ("", "file-1.pdf"),
        ("..", "file-1.pdf"),
        ("/", "file-1.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\0b.pdf", "ab.pdf"),
        ("CON.txt", "_CON.txt"),
        ("ë 😀.pdf", "ë 😀.pdf"),
        (".htaccess", "htaccess"),
    ],
)
def test_names_are_made_safe(given: str, name: str) -> None:
    assert safe_name(given, 1, "application/pdf") == name


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    for letter in "a😀":
        name = safe_name(letter * 1000 + ".pdf", 1, "")
        assert len(name) <= 150
        assert len(name.encode()) <= 200
        assert name.endswith(".pdf")


def test_a_subject_cannot_break_the_page() -> None:
    assert safe_text("a\r\nb\x1b[31m\u202ec\u2066") == "a b[31mc"
    assert view(b"Subject: =?utf-8?q?a=0D=0Ab=00?=\r\n\r\n").subject == "a b"


def test_25_megabytes_open_at_once() -> None:
    data = os.urandom(18_000_000)
    raw = mail(text_part("hi"), file_part(data, "big.bin"))
    began = time.process_time()
    (file,) = view(raw).attachments
    assert time.process_time() - began < 0.3
    assert file.size == len(data)
    assert content(raw, file) == data
