"""Hiding places in mails themselves, well-formed and not."""
# ruff: noqa: E501 (mails stand as they are)

from __future__ import annotations

import base64
import binascii
import quopri

from tests.quality.in_ooxml import docx, in_runs
from tests.quality.registry import NUMBER, PLACES, Make, Place
from tests.unit.message.message_samples import file_part, mail, text_part

_HEAD = b"From: Ans <ans@clinic.example>\r\nTo: pat@post.example\r\n"


def simple(body: bytes, *fields: bytes) -> bytes:
    """A mail of one part."""
    return _HEAD + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def _encoded(secret: str, charset: str, kind: str) -> bytes:
    raw = secret.encode(charset)
    word = base64.b64encode(raw) if kind == "b" else b"".join(b"=%02X" % byte for byte in raw)
    return b"=?" + charset.encode() + b"?" + kind.encode() + b"?" + word + b"?="


def _uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 a.docx\n" + b"".join(lines) + b"`\nend\n"


def _nested(secret: str) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" + simple(secret.encode(), b"Subject: x")


def _two_boundaries(secret: str, named: bytes) -> bytes:
    """Parts cut by one boundary inside of a part cut by the other."""
    inner = (
        b"--a\r\n" + _BASE64 + b"\r\n\r\n" + base64.encodebytes(f"Beste Pat, hier is het: {secret}".encode()) + b"--a--"
    )
    outer = b"--b\r\nContent-Type: text/plain\r\n\r\nhallo\r\n" + inner + b"\r\n--b--\r\n"
    return simple(outer, b"MIME-Version: 1.0", b"Content-Type: multipart/mixed; boundary" + named)


def _in_the_name(secret: str) -> bytes:
    return file_part(b"x", f"{secret}.txt")


_BASE64 = b"Content-Transfer-Encoding: base64"
_PRINTABLE = b"Content-Transfer-Encoding: quoted-printable"
_HTML = b"Content-Type: text/html; charset=utf-8"

_MAILS: dict[str, Make] = {
    "subject": lambda s: simple(b"x", b"Subject: " + s.encode()),
    "encoded subject": lambda s: simple(b"x", b"Subject: " + _encoded(s, "utf-8", "b")),
    "subject encoded in halves": lambda s: simple(
        b"x", b"Subject: " + _encoded(s[:7], "utf-8", "q") + b"\r\n " + _encoded(s[7:], "iso-8859-1", "b")),
    "folded subject": lambda s: simple(b"x", b"Subject: BSN\r\n " + NUMBER.encode()),
    "second subject": lambda s: simple(b"x", b"Subject: x", b"Subject: " + s.encode()),
    "name of a recipient": lambda s: simple(b"x", b'Cc: "' + s.encode() + b'" <x@post.example>'),
    "own header": lambda s: simple(b"x", b"X-Client: " + s.encode()),
    "name of a header": lambda s: simple(b"x", b"X-BSN-" + NUMBER.encode() + b": 1"),
    "line in the headers that is none": lambda s: simple(b"x", b"Subject: x", s.encode()),
    "header of a part": lambda s: mail(b"Content-Type: text/plain\r\nContent-Description: " + s.encode() + b"\r\n\r\nx"),
    "body": lambda s: simple(b"Beste,\r\n\r\n" + s.encode(), b"Subject: x"),
    "body in base64": lambda s: simple(base64.encodebytes(s.encode()), _BASE64),
    "body in base64 with rubbish": lambda s: simple(b"*".join(base64.b64encode(s.encode())[at : at + 5] for at in range(0, 20, 5)), _BASE64),
    "behind the second of two boundaries": lambda s: _two_boundaries(s, b"=b; boundary=a"),
    "behind the first of two boundaries": lambda s: _two_boundaries(s, b"=a; boundary=b"),
    "behind a boundary in pieces": lambda s: _two_boundaries(s, b"=b; boundary*0=a"),
    "behind a boundary that is named plainly too": lambda s: _two_boundaries(s, b"*0=b; boundary=a"),
    "text that claims to be base64": lambda s: simple(b"Beste Pat, hier is het: " + s.encode() + b". Groet, Ans.", _BASE64),
    "parts in base64 as a whole": lambda s: simple(
        base64.encodebytes(b"--b\r\n\r\nx\r\n--b\r\n" + file_part(docx(in_runs(s)), "a.docx") + b"\r\n--b--\r\n"),
        b"Content-Type: multipart/mixed; boundary=b", _BASE64),
    "body in quoted-printable": lambda s: simple(quopri.encodestring(f"Één {s}".encode()), b"Content-Type: text/plain; charset=utf-8", _PRINTABLE),
    "body over a soft line break": lambda s: simple(b"BSN 111=\r\n222333", _PRINTABLE),
    "body wrapped in the number": lambda s: simple(b"BSN\r\n111222333"),
    "body in an unknown charset": lambda s: simple(s.encode(), b"Content-Type: text/plain; charset=klingon"),
    "body in UTF-16": lambda s: simple(s.encode("utf-16"), b"Content-Type: text/plain; charset=utf-16"),
    "body in EBCDIC": lambda s: simple(s.encode("cp500"), b"Content-Type: text/plain; charset=cp500"),
    "HTML body": lambda s: simple(b"<p>BSN <b>111</b>222333</p>", _HTML),
    "HTML attribute": lambda s: simple(f'<p title="{s}">x</p>'.encode(), _HTML),
    "HTML comment": lambda s: simple(f"<!-- {s} -->x".encode(), _HTML),
    "document in an HTML body": lambda s: simple(
        b'<a href="data:application/zip;base64,' + base64.b64encode(docx(in_runs(s))) + b'">x</a>', _HTML),
    "one of two alternatives": lambda s: mail(text_part("x"), text_part(f"<p>{s}</p>", "html"), kind="alternative"),
    "second text": lambda s: mail(text_part("x"), text_part(s)),
    "attached text": lambda s: mail(text_part("x"), file_part(s.encode(), "a.txt", "text/plain")),
    "picture that is text": lambda s: mail(text_part("x"), file_part(s.encode(), "a.png", "image/png")),
    "name of a file": lambda s: mail(text_part("x"), _in_the_name(s)),
    "name in pieces": lambda s: mail(b"Content-Disposition: attachment; filename*0=\"BSN 111\"; filename*1=\"222333.txt\"\r\n\r\nx"),
    "encoded name": lambda s: mail(b"Content-Disposition: attachment; filename*=utf-8''BSN%20111222333.txt\r\n\r\nx"),
    "other name of a file": lambda s: mail(
        b'Content-Type: application/x; name="' + s.encode() + b'"\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx'),
    "parameter": lambda s: simple(b"x", b'Content-Type: text/plain; note="' + s.encode() + b'"'),
    "text before the parts": lambda s: mail(text_part("x")).replace(b"--b-1\r\n", s.encode() + b"\r\n--b-1\r\n", 1),
    "text after the parts": lambda s: mail(text_part("x")) + s.encode(),
    "boundary that does not match": lambda s: mail(text_part(s)).replace(b'boundary="b-1"', b'boundary="other"'),
    "no boundary": lambda s: mail(text_part(s)).replace(b'; boundary="b-1"', b""),
    "parts without end": lambda s: mail(text_part("x"), text_part(s)).replace(b"--b-1--\r\n", b""),
    "two types": lambda s: simple(b"BSN 111<b>222</b>333", b"Content-Type: text/plain", b"Content-Type: text/html"),
    "two encodings": lambda s: simple(base64.b64encode(s.encode()), b"Content-Transfer-Encoding: 7bit", _BASE64),
    "unknown encoding": lambda s: simple(base64.b64encode(s.encode()), b"Content-Transfer-Encoding: x-unknown"),
    "type that is none": lambda s: simple(s.encode(), b"Content-Type: rubbish"),
    "file in the body": lambda s: simple(b"Hallo\r\n" + _uuencoded(docx(in_runs(s)))),
    "attached mail": lambda s: mail(text_part("x"), _nested(s)),
    "attached mail in base64": lambda s: mail(text_part("x"), (
        b"Content-Type: message/rfc822\r\n" + _BASE64 + b"\r\n\r\n" + base64.encodebytes(simple(s.encode(), b"Subject: x")))),
    "digest": lambda s: mail(b"\r\n" + simple(s.encode(), b"Subject: x"), kind="digest"),
    "mail returned": lambda s: mail(text_part("x"), b"Content-Type: text/rfc822-headers\r\n\r\nSubject: " + s.encode(), kind="report"),
    "signed in the clear": lambda s: mail(text_part(s), file_part(b"0\x03\1\1\xff", "smime.p7s", "application/pkcs7-signature"), kind="signed"),
    "bare line feeds": lambda s: simple(s.encode(), b"Subject: x").replace(b"\r\n", b"\n"),
    "calendar": lambda s: mail(text_part("x"), b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nLOCATION:" + s.encode()),
}  # fmt: skip

for _name, _make in _MAILS.items():
    PLACES.append(Place("eml", _name, "eml", _make, is_mail=True))
