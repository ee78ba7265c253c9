"""Bytes of every kind through the readers: no exception, no skipped text, no long wait."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.length import bounded as fuzz
from tests.unit.message import message_samples as samples
from zegel.message.base.found import Budget, Found
from zegel.message.documents import read_file
from zegel.message.formats.plain import content as text_content
from zegel.message.formats.rtf import read_rtf
from zegel.message.mail_texts import read_mail
from zegel.message.mime import transfer
from zegel.message.mime import tree as mime
from zegel.message.mime.headers import addresses, decode_header_value, parse_parameters
from zegel.message.mime.view import content, view
from zegel.message.text import charset as charsets
from zegel.message.text import markup
from zegel.message.text.normalise import folded, folded_utf8, normalise
from zegel.message.text.safe_names import safe_name
from zegel.message.text.separated import tabbed

EXAMPLES = fuzz.max_examples

WORDS = [
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=utf-16", b"--b", b"--b--", b"\r\n",
    b"\n", b"\r\n\r\n", b"\n\n", b": ", b"=?utf-8?q?=C3=AB?=", b"=?x?b?", b"Content-Transfer-Encoding: base64", b"MTEx",
    b"Content-Transfer-Encoding: quoted-printable", b"=3D=\r\n", b"Content-Type: message/rfc822",
    b"; name*0*=utf-8''%41",
    b"Content-Disposition: attachment; filename=", b'"', b"\\", b"\0", b"\xff\xfe", b"<p title='", b"<!--", b"&#x31;",
    b"begin 644 a\n", b"Subject: ", b"From: a <b@c.example>, ", b" ", b"\t", b"\xc3\xab", b"=", b"BEGIN:VCARD\n",
]  # fmt: skip

spiteful = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8)), max_size=60).map(b"".join)

SEEDS = {
    "mail": samples.mail(
        samples.text_part("hi"), samples.file_part(b"data", "a.bin"), samples.text_part("<p>", "html")
    ),
    "docx": samples.docx(samples.paragraph("111", "222")),
    "xlsx": samples.xlsx('<row><c t="s"><v>0</v></c></row>', ["x"]),
    "pdf": samples.pdf("hello", annotation="note", attachment=b"inner"),
    "zip": samples.zipped({"a.txt": "text", "b.zip": samples.zipped({"c.txt": "deep"})}),
    "rtf": rb"{\rtf1\ansi pati\'ebnt {\object{\*\objdata 48616c6c6f20616c6c65}}\u235 ?}",
}


def fresh() -> Found:
    return Found(Budget(5_000_000, 200, 6, time.monotonic() + 5))


def opened(found: Found, data: bytes) -> None:
    read_mail(data, found, lambda *file: read_file(found, *file))


@fuzz
@given(st.one_of(st.binary(max_size=300), spiteful))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    found = fresh()
    opened(found, raw)
    for part in mime.parse(raw).walk():
        assert 0 <= part.start <= part.end <= len(raw)
        assert transfer.decoded_size(raw[part.start : part.end], part.encoding) == len(mime.decoded(raw, part))
    seen = view(raw)
    for file in seen.attachments:
        assert len(content(raw, file)) == file.size


@fuzz
@given(st.lists(st.sampled_from(WORDS), max_size=30).map(b"".join))
def test_a_secret_in_the_body_is_found_whatever_the_header(head: bytes) -> None:
    found = fresh()
    opened(found, b"X-First: 1\r\n" + head.replace(b"base64", b"8bit") + b"\r\n\r\n SECRET \r\n")
    assert any("SECRET" in text.content for text in found.texts)


@fuzz
@given(st.one_of(spiteful, st.binary(max_size=200)))
def test_any_bytes_are_a_header(value: bytes) -> None:
    decode_header_value(value).encode("utf-8", "surrogatepass")
    parse_parameters(value)
    addresses(value)


@fuzz
@given(
    st.lists(
        st.one_of(
            st.sampled_from([b"\r", b"\r\n", b"\t", b"\0", b"\xc3", b"a"]),
            st.binary(max_size=3),
            st.text(max_size=4).map(lambda text: text.encode("utf-8", "replace")),
        )
    ).map(b"".join)
)
def test_folding_utf8_is_folding_what_it_says(data: bytes) -> None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        assert folded_utf8(data) is None
    else:
        assert folded_utf8(data) == folded(text)


@fuzz
@given(
    st.lists(st.one_of(st.sampled_from([b"\x1b$B", b"\x1b(B", b"~{", b"+AG", b"ab"]), st.binary(max_size=4))).map(
        b"".join
    ),
    st.sampled_from(
        ["", "utf-8", "us-ascii", "iso-8859-15", "koi8-r", "utf-7", "iso-2022-jp", "hz", "sjis", "utf-16", "x"]
    ),
)
def test_text_that_is_read_as_utf8_is_what_every_reader_makes_of_it(data: bytes, charset: str) -> None:
    quick, slow = fresh(), fresh()
    quick.bytes_of_text("body", "1", data, charset)
    for text in charsets.readings(data, charset):
        slow.text("body", "1", tabbed(text))
    assert [text.data for text in quick.texts if text.data] == [text.data for text in slow.texts if text.data]


@fuzz
@given(st.text())
def test_folding_is_stable_and_safe(text: str) -> None:
    once = normalise(text)
    once.encode("utf-8")
    assert normalise(once) == once
    name = safe_name(text, 1, "application/pdf")
    assert name
    assert not set(name) & set("/\\\0\r\n")


@fuzz
@given(
    st.lists(st.sampled_from(["<", ">", "<!--", "-->", "a", "1", "&", "#", ";", '"', "'", "=", "srcdoc", " ", "</"]))
)
def test_any_text_is_markup(pieces: list[str]) -> None:
    source = "".join(pieces)
    for read in (markup.html_text, markup.flow_text, markup.data_text, markup.visible_text):
        read(source)
    for kind in ("text/html", "text/plain", "text/calendar"):
        text_content(source, kind)


@pytest.mark.parametrize("kind", sorted(SEEDS))
def test_damaged_files_end_in_a_verdict(kind: str) -> None:
    chance = random.Random(20)
    for _ in range(EXAMPLES // 2):
        data = bytearray(SEEDS[kind])
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randrange(1, 20)]
                case 2:
                    data[place:place] = data[chance.randrange(len(data)) :][:50]
                case _:
                    data[place : place + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"9999", b"\x7f\xff\xff\xff"])
            data = data or bytearray(b"x")
        found = fresh()
        if kind == "mail":
            opened(found, bytes(data))
        elif kind == "rtf":
            read_rtf(bytes(data), "2", lambda content, path, name: None)
        else:
            read_file(found, bytes(data), "2", "a.bin")
            assert found.files
