"""The notification that stands for files: the body in clear, the files behind the link."""

from __future__ import annotations

import base64
import re
import time

import pytest

from tests.unit.notices.notice_cast import LINK, bodies, everything, files, png, read
from zegel.notices.html_body import from_text, with_card

HEAD = b"From: Anna de Boer <anna@kliniek.example>\r\nTo: jan@post.example\r\nSubject: Uitslag\r\n"
PDF = b"%PDF-1.4 BSN 111222333"
PHOTO = png(30, 20, 200)
SCAN = png(31, 21, 90)


def leaf(content_type: str, body: bytes, *fields: str) -> bytes:
    """One part, base64."""
    head = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + base64.encodebytes(body).replace(b"\n", b"\r\n")


def tree(subtype: str, *parts: bytes, boundary: str = "grens") -> bytes:
    """A multipart with the parts."""
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


TEXT = leaf("text/plain; charset=utf-8", "Beste Jan,\r\n\r\n  tot morgen, René <3\r\n".encode())
HTML = leaf(
    "text/html; charset=iso-8859-1",
    '<html><head><meta charset="iso-8859-1"><style>p{margin:0}</style></head><body class="x"><p>Beste Jan, '
    'tot morgen, René</p><img src="cid:foto@x"><img src="cid:scan@x"></body></html>\r\n'.encode("iso-8859-1"),
)
FILE = leaf('application/pdf; name="uitslag.pdf"', PDF, "Content-Disposition: attachment")
INLINE = leaf('image/png; name="foto.png"', PHOTO, "Content-ID: <foto@x>", "Content-Disposition: inline")
INLINE_SCAN = leaf('image/png; name="scan.png"', SCAN, "Content-ID: <scan@x>", "Content-Disposition: inline")

PLAIN_AND_FILE = HEAD + tree("mixed", TEXT, FILE)
HTML_AND_FILE = HEAD + tree("mixed", HTML, FILE)
ALL_OF_IT = HEAD + tree(
    "mixed",
    tree("related", tree("alternative", TEXT, HTML, boundary="a"), INLINE, INLINE_SCAN, boundary="r"),
    FILE,
)
"""1.1.1 text, 1.1.2 HTML, 1.2 foto, 1.3 scan, 2 uitslag.pdf."""


def payloads(raw: bytes) -> list[bytes]:
    """The decoded bytes of all leaves."""
    decoded = (part.get_payload(decode=True) for part in read(raw).walk())
    return [payload for payload in decoded if isinstance(payload, bytes)]


@pytest.mark.parametrize("original", [PLAIN_AND_FILE, HTML_AND_FILE, ALL_OF_IT])
def test_the_body_stays_readable_and_the_file_is_gone(original: bytes) -> None:
    raw = files(original)
    text, html = bodies(read(raw))
    for body in (text, html):
        assert "Beste Jan" in body
        assert "uitslag.pdf" in body
        assert LINK in body
    assert "tot morgen, René" in text
    assert "tot morgen, René" in html
    assert PDF not in b"".join(payloads(raw))
    assert "111222333" not in everything(read(raw))
    assert all(part.get_content_type() != "application/pdf" for part in read(raw).walk())


@pytest.mark.parametrize("shape", ["text", "html", "no body tag", "comment first", "quoted bracket", "open comment"])
def test_with_a_long_body_the_card_stands_on_top(shape: str) -> None:
    """Gmail cuts off what comes after 102 kB, and the link with it."""
    long = "<p>Beste Jan, lang verhaal.</p>\r\n" * 6000
    shapes = {
        "html": f"<html><head><title>x</title><style>p{{margin:0}}</style></head><body class='x'>{long}</body></html>",
        "no body tag": f"<!DOCTYPE html>{long}",
        "comment first": f"<!-- <body> --><html><body>{long}",
        "quoted bracket": f"<html><body data-a='>' title=\">\">{long}</body>",
        "open comment": f"<p>Beste Jan</p><!-- {long}",
    }
    body = (
        leaf("text/html; charset=utf-8", shapes[shape].encode())
        if shape != "text"
        else leaf("text/plain; charset=utf-8", b"Beste Jan, lang verhaal.\r\n" * 6000)
    )
    raw = files(HEAD + tree("mixed", body, FILE))
    text, html = bodies(read(raw))
    assert html.count(LINK) >= 1 and html.index(LINK) < 30_000
    assert html.index(LINK) < html.index("lang verhaal") and text.index(LINK) < text.index("Beste Jan")
    visible = re.sub(r"<!--.*?(-->|$)", "", html, flags=re.DOTALL)
    assert LINK in visible and not re.search(r"<body[^>]*<table", visible)


CALENDARS = {
    "invitation": ("REQUEST", "", "Er staat een uitnodiging voor u klaar"),
    "cancellation": ("CANCEL", "", "Een afspraak is afgezegd"),
    "acceptance": ("REPLY", "ACCEPTED", "Uw uitnodiging is aangenomen"),
    "refusal": ("REPLY", "DECLINED", "Uw uitnodiging is afgewezen"),
    "maybe": ("REPLY", "TENTATIVE", "Er staat een antwoord op uw uitnodiging"),
    "proposal": ("COUNTER", "", "voorstel voor een andere tijd"),
    "published": ("", "", "Er staat een afspraak voor u klaar"),
}


def calendar(method: str, answer: str = "") -> bytes:
    """A calendar whose summary nobody may see in the notification."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}" if method else "X-A:b", "BEGIN:VEVENT", "UID:1",
             "DTSTART:20261122T100000Z", "SUMMARY:Gesprek over BSN 111222333",
             f"ATTENDEE;PARTSTAT={answer or 'NEEDS-ACTION'}:mailto:anna@kliniek.example",
             "END:VEVENT", "END:VCALENDAR"]  # fmt: skip
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("kind", CALENDARS)
@pytest.mark.parametrize("declared", ["text/calendar; method={}", 'application/octet-stream; name="a.ics"'])
def test_an_appointment_is_called_what_it_is_and_says_nothing_of_its_content(kind: str, declared: str) -> None:
    method, answer, said = CALENDARS[kind]
    part = leaf(declared.format(method or "PUBLISH"), calendar(method, answer), "Content-Disposition: attachment")
    raw = files(HEAD + tree("mixed", TEXT, part))
    for body in bodies(read(raw)):
        assert said in " ".join(body.split())
    assert "Gesprek over" not in everything(read(raw)) and "111222333" not in everything(read(raw))


def test_an_invitation_beside_a_file_is_named_in_the_list() -> None:
    part = leaf('text/calendar; method=REQUEST; name="afspraak.ics"', calendar("REQUEST"))
    text = bodies(read(files(HEAD + tree("mixed", TEXT, part, FILE))))[0]
    assert "Er staan 2 bestanden voor u klaar" in text and "afspraak.ics (Uitnodiging, " in text


@pytest.mark.parametrize("content", [b"", b"BEGIN:VCALENDAR", b"\xff" * 999, b"BEGIN:VEVENT\r\n" * 9999])
def test_a_broken_calendar_is_a_file(content: bytes) -> None:
    part = leaf('text/calendar; name="a.ics"', content, "Content-Disposition: attachment")
    assert "Er staat 1 bestand voor u klaar" in bodies(read(files(HEAD + tree("mixed", TEXT, part))))[0]


def test_files_are_listed_with_name_and_size_below_the_body() -> None:
    for body in bodies(read(files(PLAIN_AND_FILE))):
        assert body.index("Beste Jan") < body.index("uitslag.pdf")
        assert f"{len(PDF)}\xa0bytes" in body


@pytest.mark.parametrize(("language", "one", "two"), [
    ("nl", "Er staat 1 bestand voor u klaar", "Er staan 2 bestanden voor u klaar"),
    ("en", "1 file is waiting for you", "2 files are waiting for you"),
])  # fmt: skip
def test_one_file_is_one_and_two_are_two(language: str, one: str, two: str) -> None:
    assert one in bodies(read(files(PLAIN_AND_FILE, language=language)))[0]
    assert two in bodies(read(files(HEAD + tree("mixed", TEXT, FILE, FILE), language=language)))[0]


def test_many_files_are_counted_so_that_the_mail_stays_small() -> None:
    raw = files(HEAD + tree("mixed", TEXT, *[FILE] * 300), language="en")
    assert len(raw) < 60_000
    for body in bodies(read(raw)):
        assert "300 files are waiting for you" in body
        assert body.count("uitslag.pdf") == 20
        assert "and 280 files more" in body


def test_plain_text_keeps_its_lines_in_html() -> None:
    html = bodies(read(files(PLAIN_AND_FILE)))[1]
    assert "Beste Jan,<br>\n<br>\n&nbsp; tot morgen, René &lt;3" in html.replace("\r\n", "\n")


def test_html_stays_as_it_was_but_for_the_card_and_the_charset() -> None:
    html = bodies(read(files(HTML_AND_FILE)))[1]
    start, end = html.index("<br clear"), html.rindex("</body>")
    assert html[:start].startswith(
        '<html><head><meta charset="utf-8"><style>p{margin:0}</style></head><body class="x"><p>Beste Jan, '
    )
    assert html[end:].strip() == "</body></html>"


def test_inline_images_go_along_under_their_own_id() -> None:
    mail = read(files(ALL_OF_IT))
    ids = {part["Content-ID"]: part.get_payload(decode=True) for part in mail.walk() if part["Content-ID"]}
    assert ids["<foto@x>"] == PHOTO
    assert ids["<scan@x>"] == SCAN
    listed = bodies(mail)[0]
    assert "foto.png" not in listed


def test_a_withheld_inline_image_is_listed_and_not_sent() -> None:
    raw = files(ALL_OF_IT, withheld_parts=frozenset({"1.3"}))
    assert SCAN not in payloads(raw)
    assert PHOTO in payloads(raw)
    text = bodies(read(raw))[0]
    assert "scan.png" in text
    assert "foto.png" not in text


def test_only_an_image_counts_as_one() -> None:
    disguised = leaf('application/pdf; name="foto.pdf"', PDF, "Content-ID: <foto@x>", "Content-Disposition: inline")
    raw = files(HEAD + tree("related", HTML, disguised))
    assert PDF not in b"".join(payloads(raw))
    assert "foto.pdf" in bodies(read(raw))[0]


def test_headers_follow_the_same_rules() -> None:
    mail = read(files(PLAIN_AND_FILE.replace(b"Uitslag", b"[veilig] Uitslag"), removed_words=("[veilig]",)))
    assert mail["Subject"] == "Uitslag"
    assert mail["To"] == "jan@post.example"
    assert read(files(PLAIN_AND_FILE, hide_subject=True))["Subject"] == "Beveiligde bestanden van Kliniek Noord"


@pytest.mark.parametrize(
    "original",
    [
        HEAD + TEXT,
        HEAD + tree('signed; protocol="application/pgp-signature"', TEXT, leaf("application/pgp-signature", b"x")),
        HEAD + tree("encrypted", leaf("application/pgp-encrypted", b"x"), leaf("application/octet-stream", b"x")),
        HEAD + leaf('application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', b"x"),
    ],
)
def test_what_cannot_be_taken_apart_is_behind_the_link_as_a_whole(original: bytes) -> None:
    told = everything(read(files(original)))
    assert "Beste Jan" not in told
    assert "Bericht openen" in told


def test_a_name_of_a_file_cannot_break_the_mail() -> None:
    name = "filename*=utf-8''a%0D%0A%3Cscript%3E%E2%80%AEfdp.exe"
    hostile = leaf("application/pdf", PDF, f"Content-Disposition: attachment;\r\n {name}")
    text, html = bodies(read(files(HEAD + tree("mixed", TEXT, hostile))))
    assert "<script" not in html
    assert "\u202e" not in text + html


def test_a_content_id_cannot_start_a_field() -> None:
    hostile = INLINE.replace(b"<foto@x>", b"<foto@x\r\n >\r\n\tBcc: a@b.example>")
    raw = files(HEAD + tree("mixed", tree("related", HTML, hostile, boundary="r"), FILE))
    assert all(part["Bcc"] is None for part in read(raw).walk())


# The sender's HTML and the card


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<body>a</body></html>", "<body>aCARD</body></html>"),
        ("<BODY>a</BODY >", "<BODY>aCARD</BODY >"),
        ("a", "aCARD"),
        ("", "CARD"),
        ("<body>a</html>", "<body>a</html>CARD"),
        ("<body>a</body><body>b</body>", "<body>a</body><body>bCARD</body>"),
        ("<body>a<!-- </body> -->b", "<body>a<!-- </body> -->bCARD"),
        ("<body>a</body><!-- </body> -->", "<body>aCARD</body><!-- </body> -->"),
        ("<script>'</body>'</script>a</body>", "<script>'</body>'</script>aCARD</body>"),
        ("<body>a<!-- b</body>", "<body>a<!-- b</body>-->CARD"),
        ("<body>a<style>b</body>", "<body>a<style>b</body></style>CARD"),
        ("<body>a<TextArea>b</body>", "<body>a<TextArea>b</body></TextArea>CARD"),
        ("<body>a<plaintext>b</body>", "<body>aCARD<plaintext>b</body>"),
        ("<!--[if mso]><p></body><![endif]-->a</body>", "<!--[if mso]><p></body><![endif]-->aCARD</body>"),
    ],
)
def test_the_card_is_the_last_thing_that_is_shown(html: str, expected: str) -> None:
    assert with_card(html, "CARD") == expected


def test_a_charset_in_the_html_becomes_the_one_it_is_sent_in() -> None:
    long = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'
    for given in ("<meta charset=x-user>", long):
        assert "charset=utf-8" in with_card(given, "")


@pytest.mark.parametrize("hostile", ["<", "<!--", "<a ", "<a href=x>", "<style>", "<meta ", "&", "&#", "<p>", " <b>"])
def test_hostile_html_takes_no_longer_than_it_is_long(hostile: str) -> None:
    began = time.process_time()
    with_card(hostile * 50_000, "CARD")
    from_text(hostile * 50_000)
    assert time.process_time() - began < 2


def test_text_as_html_is_harmless_and_keeps_blanks() -> None:
    assert from_text("a\r\n  <b>\tc & d\n\n") == "a<br>\n&nbsp; &lt;b&gt;&nbsp;&nbsp; c &amp; d"
