"""Texts of mails written, cut or declared in ways that some program shows as a text all the same."""
# ruff: noqa: E501 (mails stand as they are)

from __future__ import annotations

import base64
import binascii
import re

import pytest

from tests.unit.message.message_samples import zipped
from tests.unit.message.test_odd_mime import BASE64, HEAD, SECRET, attached, mixed, single, uu
from zegel.message.formats.undeclared import undeclared
from zegel.message.reader import Reader

B64 = base64.encodebytes(SECRET)
LONG = SECRET * 3
UU = uu(LONG, b"a.txt").partition(b"\n")[2]
XX = UU.replace(b" ", b"`").translate(
    bytes.maketrans(bytes([96, *range(33, 96)]), b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
)
ZIP64 = base64.b64encode(zipped({"a.txt": LONG}))
PLAIN, HTML = b"Content-Type: text/plain", b"Content-Type: text/html"


def of_type(kind: bytes, body: bytes) -> bytes:
    return mixed(b"Content-Type: " + kind + b"\r\n\r\n" + body, b"multipart/alternative; boundary=x")


def wide(charset: str, says: bytes) -> bytes:
    return single(
        base64.encodebytes(SECRET.decode().encode(charset)), b"Content-Type: text/plain; charset=" + says, BASE64
    )


def card(*lines: bytes) -> bytes:
    return mixed(
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"\r\n".join(lines) + b"\r\nEND:VCALENDAR\r\n"
    )


MAILS: dict[str, bytes] = {
    # kinds of text
    "enriched": of_type(b"text/enriched", b"<bold>BSN 111</bold><<222333"[:18] + b" BSN <bold>111</bold>222333"),
    "rich text of 1992": of_type(b"text/richtext", b"BSN <bold>111</bold>222333"),
    "HTML for a watch": of_type(b"text/watch-html", b"BSN <b>111</b>222333"),
    "HTML for AMP": of_type(b"text/x-amp-html", b"BSN <b>111</b>222333"),
    "HTML that calls itself plain": single(b"<html>BSN 111<i>222</i>333", PLAIN),
    "HTML that calls itself plain, behind blanks": single(b"\r\n\r\n  <DIV>BSN 111<i>222</i>333", PLAIN),
    "HTML without a type": single(b"<p>BSN 111<i>222</i>333"),
    # charsets
    **{f"{charset} that calls itself {says.decode()}": wide(charset, says) for charset in ("utf-32-le", "utf-32-be") for says in (b"utf-8", charset.encode(), b"us-ascii")},
    "UTF-32 in a file": mixed(attached(b"Content-Type: text/plain; charset=utf-32le", BASE64, body=base64.encodebytes(SECRET.decode().encode("utf-32-le")))),
    "EBCDIC by IBM's name": wide("cp037", b"IBM1047"),
    # numbers cut by quotations
    "a number that a quotation cuts": single(b"> BSN 1112 \r\n> 22333", PLAIN + b"; format=flowed; delsp=yes"),
    "a number that a quotation of a quotation cuts": single(b">> BSN 111 222\r\n>> 333", PLAIN),
    "a number that ends a quoted line": single(b"x\r\n> BSN 111222\t\r\n>\t333 y", PLAIN),
    # clear text where base64 should be
    "text before base64": single(SECRET + b"\r\n" + base64.b64encode(b"nothing of importance here"), BASE64),
    "text behind base64": single(base64.b64encode(b"nothing of importance here!!") + b"\r\n\r\n" + SECRET, BASE64),
    "text between base64": single(B64 * 0 + base64.b64encode(b"x" * 57) + b"\r\n" + SECRET + base64.b64encode(b"x" * 57), BASE64),
    "text in a file of base64": mixed(attached(BASE64, body=base64.b64encode(b"nothing of importance") + b"\r\n" + SECRET)),
    # uu
    "uu without its first line": single(UU, PLAIN),
    "uu without its first line, in an attachment": mixed(attached(body=UU)),
    "uu without its first line, behind a text": single(b"Dag,\r\n" + UU, PLAIN),
    "uu without a name": single(b"begin 644\r\n" + UU, PLAIN),
    "uu with blanks": single(b"begin   0644 \t a.txt\r\n" + UU, PLAIN),
    "uu with letters for its mode": single(b"begin rw-r--r-- a.txt\r\n" + UU, PLAIN),
    "uu whose blanks are lost": single(b"begin 644 a.txt\r\n" + re.sub(rb" +\n", b"\n", UU.replace(b"`", b" ")), PLAIN),
    "xx": single(b"begin 644 a.txt\r\n" + XX, PLAIN),
    # files in texts
    "a ZIP that calls itself a picture": single(b'<img src="data:image/png;base64,' + ZIP64 + b'">', HTML),
    "a drawing in an address": single(b'<img src="data:image/svg+xml;base64,' + base64.b64encode(b"<svg><text>BSN 111222333</text></svg>") + b'">', HTML),
    "a text that calls itself a picture, in a card": mixed(b"Content-Type: text/vcard\r\n\r\nBEGIN:VCARD\r\nPHOTO:data:image/jpeg;base64," + base64.b64encode(LONG) + b"\r\nEND:VCARD\r\n"),
    "a folded file in a calendar": card(b"ATTACH;ENCODING=BASE64:" + b"\r\n ".join(ZIP64[at : at + 61] for at in range(0, len(ZIP64), 61))),
    "a folded file with a folded name": card(b"ATTACH;VALUE=BINARY;ENC\r\n ODING=BASE64:" + b"\r\n\t".join(ZIP64[at : at + 40] for at in range(0, len(ZIP64), 40))),
    # fields
    "the name that RFC 2231 hides": mixed(b"Content-Disposition: attachment; filename*=utf-8''x.bin; filename=\"BSN 111222333.bin\"\r\n\r\nx"),
    "the name that RFC 2231 hides, in the type": mixed(b"Content-Type: application/x; name=\"BSN 111222333\"; name*0=x\r\n\r\nx"),
    "a field that looks like ARC": HEAD + b"ARC-Note: BSN 111222333\r\n\r\nx",
    "lines that end in a return": single(B64, BASE64).replace(b"\r\n", b"\r").replace(b"\n", b"\r"),
    "parts whose lines end in a return": mixed(attached(BASE64)).replace(b"\r\n", b"\r"),
    "a field behind a return": HEAD.replace(b"Subject: x", b"Subject: x\rContent-Transfer-Encoding: base64") + b"\r\n" + B64,
}  # fmt: skip


@pytest.mark.parametrize("name", list(MAILS))
@pytest.mark.parametrize("nested", [False, True], ids=["as it is", "attached as a mail"])
def test_what_some_program_shows_is_read(reader: Reader, name: str, nested: bool) -> None:
    raw = MAILS[name]
    read = reader.read(mixed(b"Content-Type: message/rfc822\r\n\r\n" + raw) if nested else raw)
    assert any("111222333" in text.content.replace(" ", "") and "BSN" in text.content for text in read.texts)


@pytest.mark.parametrize(
    "raw",
    [wide("cp037", b"ebcdic-xy"), wide("utf-16", b"x-secret"), mixed(attached(b"Content-Type: text/plain; charset=scsu-9", BASE64, body=base64.b64encode(bytes(range(160, 255))))),
     HEAD + b'Content-Type: message/partial; id="a@x"; number=2; total=2\r\n\r\n' + B64],
    ids=["EBCDIC of an unknown name", "UTF-16 of an unknown name", "a file in an unknown charset", "a piece of a mail"],
)  # fmt: skip
def test_what_is_in_no_known_charset_or_elsewhere_is_said(reader: Reader, raw: bytes) -> None:
    read = reader.read(raw)
    said = {item.kind for item in read.unreadable}
    assert said == {"unsupported"} or any("111222333" in text.content for text in read.texts)


@pytest.mark.parametrize(
    "text",
    [b"begin 2021 zijn wij begonnen\r\nmet de bouw van het huis\r\n", b"Begin 644 pagina's verder\r\nstaat het antwoord\r\n",
     b"MET HOOFDLETTERS GESCHREVEN IS DEZE REGEL VAN EENENZESTIG TEKENS\r\nen deze niet\r\n", b"> 5\r\n> zes\r\n"],
    ids=["begin 2021", "Begin 644", "capitals", "quoted"],
)  # fmt: skip
def test_an_ordinary_sentence_is_no_file(text: bytes) -> None:
    assert list(undeclared(text)) == []


def test_a_line_of_uu_is_as_long_as_it_says() -> None:
    assert binascii.a2b_uu(UU.splitlines()[0]) == LONG[:45]


def test_a_few_escapes_in_a_long_text_do_not_double_it() -> None:
    lines = [b"line %d of a list of changes" % number for number in range(5_000)]
    lines[2_500] = b"see /show_bug.cgi (BSN=20111=32=32=32333)"
    (found,) = undeclared(b"\n".join(lines))
    assert b"BSN 111222333" in found.data and b"line 2495 of" in found.data
    assert len(found.data) < 2_000
