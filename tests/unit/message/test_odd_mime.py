"""Mails as forms, old programs and careless senders write them: whatever some mail program shows is read."""
# ruff: noqa: E501 (mails stand as they are)

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Callable

import pytest

from tests.unit.message.message_samples import docx, file_part, mail, paragraph, text_part, zipped
from zegel.message.reader import Reader

SECRET = b"Het BSN van de heer is 111222333, met dank.\r\n"
SHORT = b"BSN 111222333"
B64, SHORT64 = base64.b64encode(SECRET), base64.b64encode(SHORT)
ESCAPED = b"".join(b"=%02X" % byte for byte in SECRET)
FILE = docx(paragraph("Het BSN is 111222333"))
HEAD = b"From: a@clinic.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def uu(data: bytes, name: bytes = b"a.docx") -> bytes:
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return b"begin 644 " + name + b"\n" + lines + b"`\nend\n"


def yenc(data: bytes) -> bytes:
    out = bytearray()
    for byte in data:
        coded = (byte + 42) & 255
        out += bytes([61, (coded + 64) & 255]) if coded in (0, 10, 13, 61) else bytes([coded])
    return b"=ybegin line=128 size=%d name=a.docx\r\n" % len(data) + out + b"\r\n=yend size=%d\r\n" % len(data)


def binhex(data: bytes, name: bytes = b"a.docx") -> bytes:
    head = bytes([len(name)]) + name + b"\0TEXTttxt\0\0" + len(data).to_bytes(4, "big") + bytes(4) + b"\0\0"
    content = (head + data + b"\0\0\0\0").replace(b"\x90", b"\x90\0")
    digits = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    coded = base64.b64encode(content + bytes(-len(content) % 3)).translate(bytes.maketrans(plain, digits))
    lines = b"\r\n".join(coded[at : at + 64] for at in range(0, len(coded), 64))
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n:" + lines + b":\r\n"


def mixed(part: bytes, kind: bytes = b"multipart/mixed; boundary=x", delimiter: bytes = b"--x") -> bytes:
    return (
        HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + delimiter + b"\r\nContent-Type: text/plain\r\n\r\nHallo\r\n"
        + delimiter + b"\r\n" + part + b"\r\n" + delimiter + b"--\r\n"
    )  # fmt: skip


def attached(*fields: bytes, body: bytes = B64) -> bytes:
    lines = (b"Content-Type: application/octet-stream", b"Content-Disposition: attachment; filename=a.txt", *fields)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def single(body: bytes, *fields: bytes) -> bytes:
    return HEAD + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


BASE64 = b"Content-Transfer-Encoding: base64"
PRINTABLE = b"Content-Transfer-Encoding: quoted-printable"
GOOD = attached(BASE64)
LINES = base64.encodebytes(FILE)
NESTED = b"Content-Type: multipart/mixed; boundary="

MAILS: dict[str, bytes] = {
    # boundaries
    "boundary with a blank before": mixed(GOOD, b'multipart/mixed; boundary=" x"', b"-- x"),
    "boundary with a blank before that is left out": mixed(GOOD, b'multipart/mixed; boundary=" x"'),
    "boundary with a blank behind": mixed(GOOD, b'multipart/mixed; boundary="x "'),
    "empty boundary": mixed(GOOD, b'multipart/mixed; boundary=""', b"--"),
    "boundary that is only a blank": mixed(GOOD, b'multipart/mixed; boundary=" "', b"--"),
    "boundary without a value": mixed(GOOD, b"multipart/mixed; boundary=", b"--"),
    "inner boundary that closes the outer": mixed(NESTED + b"x--\r\n\r\n--x--\r\n" + GOOD + b"\r\n--x----"),
    "inner boundary equal to the outer": mixed(NESTED + b"x\r\n\r\n--x\r\n" + GOOD + b"\r\n--x--"),
    "inner boundary that goes on": mixed(NESTED + b"x--y\r\n\r\n--x--y\r\n" + GOOD + b"\r\n--x--y--"),
    "inner closing form, quoted": mixed(NESTED + b'"x--"\r\n\r\n--x--\r\n' + attached(PRINTABLE, body=ESCAPED)),
    "inner closing form of an alternative": mixed(b'Content-Type: multipart/alternative; boundary="x--"\r\n\r\n--x--\r\n' + text_part("BSN 111222333")),
    # comments
    "comment before the encoding": mixed(attached(b"Content-Transfer-Encoding: (c) base64")),
    "comment behind the encoding": mixed(attached(b"Content-Transfer-Encoding: base64 (c)")),
    "nested comment": mixed(attached(b"Content-Transfer-Encoding: (a (b) c)base64")),
    "comment with a semicolon": mixed(GOOD, b"(a; b) multipart/mixed; boundary=x"),
    "comment inside the type": mixed(GOOD, b"multipart (x) / (y) mixed; boundary=x"),
    "comment before the boundary": mixed(GOOD, b"multipart/mixed; boundary=(c) x"),
    "comment behind the boundary": mixed(GOOD, b"multipart/mixed; boundary=x (c)"),
    "comment in a name": mixed(GOOD, b"multipart/mixed; boundary (c)=x"),
    "comment folded": mixed(attached(b"Content-Transfer-Encoding: (a\r\n b) quoted-printable", body=ESCAPED)),
    "comment before a text's encoding": single(B64, b"Content-Type: text/plain", b"Content-Transfer-Encoding: (c) base64"),
    "comment before a text's type": single(b"<p>BSN <b>111</b>222333", b"Content-Type: (c) text/html"),
    # encodings without a name, with a wrong one or an unknown one
    "two encodings in one field": mixed(attached(b"Content-Transfer-Encoding: quoted-printable, base64", body=ESCAPED)),
    "two encodings the other way": mixed(attached(b"Content-Transfer-Encoding: 8bit, base64")),
    "x-quoted-printable": mixed(attached(b"Content-Transfer-Encoding: x-quoted-printable", body=ESCAPED)),
    "quoted printable": single(ESCAPED, b"Content-Transfer-Encoding: quoted printable"),
    "base-64": single(B64, b"Content-Transfer-Encoding: base-64"),
    "base64 called 8bit": mixed(attached(b"Content-Transfer-Encoding: 8bit")),
    "base64 called binary": single(LINES, b"Content-Type: application/msword; name=a.docx", b"Content-Transfer-Encoding: binary"),
    "base64 called quoted-printable": mixed(attached(PRINTABLE)),
    "base64 without a name": mixed(attached()),
    "base64 in a text": single(b"Dag,\r\n\r\n" + B64 + b"\r\n\r\nGroet\r\n", b"Content-Type: text/plain"),
    "short base64 as body": single(SHORT64, b"Content-Type: text/plain"),
    "short base64 in a sentence": single(b"De code is " + SHORT64 + b", groet", b"Content-Type: text/plain"),
    "base64 in an answer": single(b"Zie:\r\n> " + b"\r\n> ".join(LINES.split(b"\n")), b"Content-Type: text/plain"),
    "base64 in HTML": single(b"<pre>" + LINES + b"</pre>", b"Content-Type: text/html"),
    "a document in a text": single(b"Dag,\r\n\r\n" + LINES.replace(b"\n", b"\r\n") + b"\r\nGroet\r\n", b"Content-Type: text/plain"),
    "base64 twice": single(base64.encodebytes(B64), BASE64),
    "base64 twice, a document": mixed(attached(BASE64, body=base64.encodebytes(LINES))),
    "base64 with a blank line between all": mixed(attached(body=LINES.replace(b"\n", b"\r\n\r\n"))),
    "base64 behind a comma": mixed(attached(body=b"data," + B64)),
    "quoted-printable without a name": mixed(attached(body=ESCAPED)),
    "quoted-printable called base64": mixed(attached(BASE64, body=ESCAPED)),
    "quoted-printable text": single(b"BSN=20111=\r\n222333", b"Content-Type: text/plain"),
    "quoted-printable digits": single(b"BSN 11122=32333", b"Content-Type: text/plain"),
    "quoted-printable HTML": single(b"<p style=3D'x'>BSN 111=\r\n222333</p>", b"Content-Type: text/html"),
    "quoted-printable in small letters": single(ESCAPED.lower(), b"Content-Type: text/plain"),
    "quoted-printable of accents": single(quopri.encodestring("cliënt BSN 111222333".encode(), quotetabs=True), b"Content-Type: text/plain; charset=utf-8"),
    # damage in the fields
    "blank line behind the delimiter": mixed(b"\r\n" + GOOD),
    "blank lines behind the delimiter": mixed(b"\r\n\r\n" + attached(PRINTABLE, body=ESCAPED)),
    "blank line between fields": mixed(b"Content-Type: application/octet-stream\r\n\r\n" + BASE64 + b"\r\n\r\n" + B64),
    "blank line before the fields of a mail": b"\r\n" + mixed(GOOD),
    "blank before a field": mixed(b"Content-Type: text/plain\r\n " + PRINTABLE + b"\r\n\r\n" + ESCAPED),
    "tab before a field": mixed(b"Content-Type: text/plain\r\n\t" + BASE64 + b"\r\n\r\n" + B64),
    "blank before the first field": mixed(b" " + GOOD),
    "blank before the type of a mail": mixed(GOOD).replace(b"Content-Type: multipart", b" Content-Type: multipart", 1),
    "no blank line before the content": mixed(b"Content-Type: application/octet-stream\r\n" + BASE64 + b"\r\n" + B64),
    "no blank line before lines of content": mixed(b"Content-Type: text/plain\r\n" + BASE64 + b"\r\n" + LINES.replace(b"\n", b"\r\n")),
    "no blank line and no encoding": mixed(b"Content-Type: text/plain\r\n" + ESCAPED),
    "blank before the colon": mixed(attached(b"Content-Transfer-Encoding : base64")),
    "line that is no field between": mixed(b"Content-Type: text/plain\r\nrubbish\r\n" + PRINTABLE + b"\r\n\r\n" + ESCAPED),
    "x-multipart": mixed(GOOD, b"x-multipart/mixed; boundary=x"),
    "multipart without subtype": mixed(GOOD, b"multipart; boundary=x"),
    "mixed alone": mixed(GOOD, b"mixed; boundary=x"),
    "text with a boundary": mixed(GOOD, b"text/plain; boundary=x"),
    "application with a boundary": mixed(GOOD, b"application/mixed; boundary=x"),
    "no type at all, but parts": mixed(GOOD).replace(b"Content-Type: multipart/mixed; boundary=x\r\n", b""),
    "no semicolon": mixed(GOOD, b"multipart/mixed boundary=x"),
    "no semicolon before the charset": single(b"<p>BSN <b>111</b>222333", b"Content-Type: text/html charset=utf-8"),
    # one net
    "a letter before base64": mixed(attached(BASE64, body=b"A\r\n\r\n" + B64)),
    "a letter on the line of base64": mixed(attached(BASE64, body=b"A" + B64)),
    "two letters before base64": mixed(attached(BASE64, body=b"xy\r\n" + B64)),
    "a greeting before base64": mixed(attached(BASE64, body=b"Dag Piet, hier is het:\r\n\r\n" + B64 + b"\r\n")),
    "a letter in the middle": mixed(attached(BASE64, body=b"QQ" + base64.encodebytes(b"Beste Piet, hier volgt het gevraagde. " * 3 + SECRET))),
    "a footer behind base64": mixed(attached(BASE64, body=b"SGFsbG8=\r\n___\r\nlijst\r\n" + B64)),
    "begin-base64": mixed(attached(BASE64, body=b"begin-base64 644 a.txt\r\n" + B64 + b"\r\n====\r\n")),
    "begin-base64 in a text": single(b"Dag\r\nbegin-base64 644 a.docx\r\n" + LINES + b"====\r\n", b"Content-Type: text/plain"),
    "begin-base64 called 7bit": mixed(attached(b"Content-Transfer-Encoding: 7bit", body=b"begin-base64 644 a.docx\n" + LINES + b"====\n")),
    "yEnc in a text": single(yenc(FILE), b"Content-Type: text/plain"),
    "yEnc of a text": single(yenc(SECRET), b"Content-Type: text/plain"),
    "yEnc behind a greeting": single(b"Dag,\r\n" + yenc(FILE), b"Content-Type: text/plain"),
    "yEnc in an attachment": mixed(attached(body=yenc(FILE))),
    "yEnc in parts": mixed(attached(body=yenc(FILE).replace(b"a.docx\r\n", b"a.docx\r\n=ypart begin=1 end=9\r\n", 1))),
    "x-uu": mixed(attached(b"Content-Transfer-Encoding: x-uu", body=uu(SECRET))),
    "uu in an attachment": mixed(attached(body=uu(FILE))),
    "uu called base64": mixed(attached(BASE64, body=uu(FILE))),
    "uu called quoted-printable": mixed(attached(PRINTABLE, body=uu(FILE))),
    "uu in HTML": single(b"<pre>\n" + uu(FILE) + b"</pre>", b"Content-Type: text/html"),
    "BinHex in a text": single(binhex(FILE), b"Content-Type: text/plain"),
    "BinHex of a text": single(binhex(SECRET, b"a.txt"), b"Content-Type: text/plain"),
    "BinHex as its type": mixed(b"Content-Type: application/mac-binhex40; name=a.hqx\r\n\r\n" + binhex(FILE)),
    "BinHex in base64": mixed(attached(BASE64, body=base64.encodebytes(binhex(FILE)))),
    "BinHex behind a greeting": single(b"Dag,\r\n\r\n" + binhex(FILE) + b"\r\nGroet", b"Content-Type: text/plain"),
    # leaves that call themselves otherwise
    "a ZIP that is a multipart": mixed(b"Content-Type: multipart/mixed; boundary=f\r\n" + BASE64 + b"\r\n\r\n" + base64.encodebytes(zipped({"a.txt": SECRET}))),
    "a document that is a multipart": mixed(b"Content-Type: multipart/related\r\n" + BASE64 + b"\r\n\r\n" + LINES),
    "a document that is a mail": mixed(b"Content-Type: message/rfc822\r\n" + BASE64 + b"\r\n\r\n" + LINES),
    "a document that is a text": mixed(b"Content-Type: text/plain\r\n" + BASE64 + b"\r\n\r\n" + LINES),
    "a document that is a delivery report": mixed(b"Content-Type: message/delivery-status\r\n" + BASE64 + b"\r\n\r\n" + LINES),
    # charsets
    "one bad byte": single("Zoon van cliënte: BSN 111222333 \xff".encode() + b"\xff", b"Content-Type: text/plain; charset=utf-8"),
}  # fmt: skip

WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda raw: raw,
    "attached as a mail": lambda raw: mail(text_part("x"), b"Content-Type: message/rfc822\r\n\r\n" + raw),
    "in an .eml in a ZIP": lambda raw: mail(text_part("x"), file_part(zipped({"m/a.eml": raw}), "a.zip")),
}


@pytest.mark.parametrize("name", list(MAILS))
@pytest.mark.parametrize("wrap", list(WRAPS))
def test_what_some_mail_program_shows_is_read(reader: Reader, name: str, wrap: str) -> None:
    read = reader.read(WRAPS[wrap](MAILS[name]))
    assert any("111222333" in text.content and "BSN" in text.content for text in read.texts)


@pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-8859-15", "gb2312", ""])
@pytest.mark.parametrize("damage", [b"", b"\xff", b"\xc3", b"\xe2\x82", b"\x80x"])
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/csv"])
def test_a_bad_byte_or_a_wrong_charset_spoils_no_other_word(
    reader: Reader, charset: str, damage: bytes, kind: str
) -> None:
    field = f"Content-Type: {kind}" + (f"; charset={charset}" if charset else "")
    texts = reader.read(single("De cliënte en de patiënt; ".encode() + damage, field.encode())).texts
    assert any("cliente" in text.content and "patient" in text.content for text in texts)


def test_what_is_encoded_in_a_body_belongs_to_the_body(reader: Reader) -> None:
    """Else only files were held back, and the body with the code would travel in clear."""
    read = reader.read(MAILS["a document in a text"])
    assert {text.where for text in read.texts if "111222333" in text.content} == {"body"}


@pytest.mark.parametrize(
    "text",
    [
        b"Zie https://x.example/nieuws?page=20&id=3D4F en https://x.example/?utm=abcdefghijklmnopqrstuvwxyz0123456789",
        b"Geachte heer,\r\n\r\nHierbij de notulen.\r\n\r\nMet vriendelijke groet,\r\nJan\r\n-- \r\nKliniek",
        b"Rindvleischetikettierungsueberwachungsaufgabenuebertragungsgesetz is een lang woord",
        b"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_ordinary_text_is_read_once(reader: Reader, text: bytes) -> None:
    read = reader.read(single(text, b"Content-Type: text/plain"))
    assert len([found for found in read.texts if found.where == "body"]) == 1
