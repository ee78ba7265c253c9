"""Texts whose characters are written by their numbers, as escapes, or in letters that only look like those meant."""
# ruff: noqa: E501 (texts stand as they are)

from __future__ import annotations

import base64
import gzip
import json
import plistlib
import subprocess
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.unit.message.message_samples import zipped
from tests.unit.message.test_odd_mime import HEAD, attached, mixed
from zegel.message.formats.digit_runs import dumps, of_digits
from zegel.message.reader import Reader
from zegel.message.text.escapes import unescaped, with_entities
from zegel.message.text.normalise import normalise

SAID = b"Het BSN van mevrouw Jansen is 111222333. Zij komt morgen langs voor haar afspraak.\n"
HEX = SAID.hex()
PACKED = zlib.compress(quote('<mxGraphModel><mxCell value="BSN 111222333"/></mxGraphModel>').encode(), 9)[2:-4]


def lines(text: bytes, width: int = 64) -> bytes:
    return b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))


def dbase(version: bytes, name: bytes, kind: bytes, value: bytes) -> bytes:
    """A table of one field and one row."""
    field = name.ljust(11, b"\0") + kind + bytes(4) + bytes([len(value)]) + bytes(15)
    head = version + b"\x7e\1\1" + (1).to_bytes(4, "little") + (65).to_bytes(2, "little")
    return head + (len(value) + 1).to_bytes(2, "little") + bytes(20) + field + b"\r " + value + b"\x1a"


def made_by(*command: str) -> bytes:
    """What a program writes that most systems have."""
    return subprocess.run(command, input=SAID, capture_output=True, check=True).stdout


TEXTS: dict[str, bytes | Callable[[], bytes]] = {
    "hexadecimal": HEX.encode(),
    "hexadecimal in a sentence": b"The code is " + HEX.upper().encode() + b", regards",
    "hexadecimal in lines": lines(HEX.encode()),
    "a ZIP in hexadecimal": lines(zipped({"a.txt": SAID}).hex().encode()),
    "bytes apart": SAID.hex(" ").encode(),
    "bytes with colons": SAID.hex(":").encode(),
    "bytes of C": b"char a[] = {" + b", ".join(b"0x%02X" % byte for byte in SAID) + b"};",
    "bytes of C in lines": b",\n  ".join(b",".join(b"0x%02x" % byte for byte in SAID[at : at + 9]) for at in range(0, len(SAID), 9)),
    "od": lambda: made_by("od", "-An", "-tx1"),
    "od with addresses": lambda: made_by("od", "-Ax", "-tx1z"),
    "od of words": lambda: made_by("od", "-tx2"),
    "base32": lambda: made_by("base32"),
    "base32 with other digits": base64.b32hexencode(SAID),
    "base32 in small letters": base64.b32encode(SAID).lower(),
    "Ascii85": b"Look: <~" + base64.a85encode(SAID, wrapcol=50) + b"~>",
    "Ascii85 without a frame": base64.a85encode(SAID),
    "base85": base64.b85encode(SAID),
    "a patch of git": b"GIT binary patch\nliteral 84\n" + b"".join(b"z" + base64.b85encode(gzip.compress(SAID)[at : at + 52]) + b"\n" for at in range(0, 100, 52)) + b"\n",
    "a drawing of diagrams.net": b"<mxfile><diagram>" + base64.b64encode(PACKED) + b"</diagram></mxfile>",
    "escapes of JavaScript": b"".join(b"\\u%04x" % byte for byte in SAID),
    "escapes of Python": b"'" + b"".join(b"\\x%02x" % byte for byte in SAID) + b"'",
    "escapes of C": b"".join(b"\\%03o" % byte for byte in SAID),
    "JSON in JSON in JSON": json.dumps({"a": json.dumps({"a": json.dumps({"a": "BSN\n111222333"})})}).encode(),
    "lines in JSON": json.dumps({"a": "Naam\tBSN\nJansen\t111222333\n"}).encode(),
    "HTML in JSON": json.dumps({"a": 1, "content": "<p>BSN <b>111</b>222333</p>\n"}).encode(),
    "a file in JSON": json.dumps({"data": base64.encodebytes(zipped({"a.txt": SAID})).decode()}).encode(),
    "references in a text": b"BSN &#49;&#x31;&#49;222333",
    "TeX": rb"BSN 111\,222\,333",
    "a registry of Windows": b'"a"=hex(1):' + b",".join(b"%02x" % byte for byte in "BSN 111222333".encode("utf-16-le")),
    "a registry of Windows, with its end": b'"a"=hex(1):' + b",".join(b"%02x" % byte for byte in "BSN 111222333\0".encode("utf-16-le")),
    "from right to left": "\u202e333222111 NSB\u202c".encode(),
    "colours of a terminal": b"BSN \x1b[1m111\x1b[0m222333",
    "struck over, as man writes bold": b"B\bBS\bSN\bN 1\b11\b11\b1222333",
    "typed wrong, and taken back": b"BSN 1119\b222333",
    "a sign that nobody sees": b"BSN 111\b222333",
    "Cyrillic among Latin letters": "ВSN 111222333".encode(),
    "Cyrillic and Greek": "ВЅΝ 111222333".encode(),
    "Cyrillic in a long word": "burgеrsеrviсеnummеr BSN 111222333".encode(),
    "Cyrillic digits": "BSN 111222ЗЗЗ".encode(),
    "small capitals": "ʙꜱɴ 111222333".encode(),
    "white on black": "🅱🆂🅽 ❶❶❶❷❷❷❸❸❸".encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["body", "file", "nested"])
@pytest.mark.parametrize("name", list(TEXTS))
def test_what_is_written_otherwise_is_read(reader: Reader, name: str, kind: str) -> None:
    text = TEXTS[name]
    text = text if isinstance(text, bytes) else text()
    body = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
    whole = {
        "body": body,
        "file": mixed(attached(b"Content-Transfer-Encoding: base64", body=base64.encodebytes(text))),
        "nested": mixed(
            attached(b"Content-Transfer-Encoding: base64", body=base64.encodebytes(zipped({"a.txt": text})))
        ),
    }[kind]
    texts = reader.read(whole).texts
    assert any("BSN" in text.content and "111222333" in text.content for text in texts)


FILES = {
    "entities of an entity": ("a.xml", b'<!DOCTYPE a [<!ENTITY b "122"><!ENTITY c "11&b;2">]><r>BSN &c;333</r>'),
    "an entity in a drawing": ("a.svg", b'<!DOCTYPE svg [<!ENTITY n "111222333">]><svg><text>BSN &n;</text></svg>'),
    "XML with an element called a": ("a.xml", b'<?xml version="1.0"?><a><BSN>111222333</BSN></a>'),
    "DocBook": ("a.xml", b'<?xml version="1.0"?><article><para>BSN 111<emphasis>222</emphasis>333</para></article>'),
    "HTML in a feed": ("a.rss", b'<?xml version="1.0"?><rss><item><description>&lt;p&gt;BSN 111&lt;b&gt;222&lt;/b&gt;333&lt;/p&gt;</description></item></rss>'),
    "the fields of a form (XFDF)": ("a.xfdf", b'<?xml version="1.0"?><xfdf><fields><field name="BSN"><value>111222333</value></field></fields></xfdf>'),
    "the comment of a recording": ("a.wav", b"RIFF\x40\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0" + bytes(12) + b"LIST\x1a\0\0\0INFOICMT\x0e\0\0\0BSN 111222333\0"),
    "the comment of a film": ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200_000) + b"\xa9cmt\0\x0d\x15\xc7BSN 111222333"),
    "an empty element of Word": ("a.html", b"<p>BSN 111<o:p></o:p>222333</p>"),
    "a style sheet": ("a.css", rb'p:before{content:"\42 SN 111" "222\000033 33"}'),
    "a style sheet in a page": ("a.html", rb"<style>p::after{content:'\000042SN \31 11222333'}</style><p>x</p>"),
    "LDIF": ("a.ldif", b"dn: cn=x\nBSN: 1112\n 22333\n"),
    "the manifest of a JAR": ("a.jar", zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\nX: BSN 1112\r\n 22333\r\n"})),
    "a mail in UTF-16": ("a.eml", (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(SAID)).decode().encode("utf-16")),
    "a table of dBASE": ("a.dbf", dbase(b"\3", b"BSN", b"C", b"111222333")),
    "a table of FoxPro, with a number": ("a.dbf", dbase(b"\x30", b"BSN", b"I", (111222333).to_bytes(4, "little"))),
    "EBCDIC that does not say so": ("data.bin", SAID.decode().encode("cp500")),
    "a binary property list": ("a.plist", plistlib.dumps({"BSN": 111222333, "a": [1, True]}, fmt=plistlib.FMT_BINARY)),
    "a page saved by Safari": ("a.webarchive", plistlib.dumps({"WebResourceData": b"<p>BSN <b>111</b>222333</p>"}, fmt=plistlib.FMT_BINARY)),
    "a short name before its number": ("a.bson", b"\x1a\0\0\0\x02BSN\0\x0a\0\0\x00111222333\0\0"),
    "deflate without a frame": ("a.bin", zlib.compress(SAID * 20)[2:-4]),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FILES))
def test_files_that_programs_put_together_are_read(reader: Reader, name: str) -> None:
    title, data = FILES[name]
    file = attached(b"Content-Transfer-Encoding: base64", body=base64.encodebytes(zipped({title: data})))
    texts = reader.read(mixed(file)).texts
    assert any("BSN" in text.content and "111222333" in text.content for text in texts)


@pytest.mark.parametrize(
    "text",
    ["порт USB-порт", "Вера, рост 5 м", "Ω 10 kΩ", "5 μg/l", "Санкт-Петербург 2", "αβγ"],
)
def test_words_of_another_script_stay_what_they_are(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    "data", [b"d41d8cd98f00b204e9800998ecf8427e" * 2, b"KRUGKIDROVUWG2ZA" + b"77777777" * 3, b"0" * 64, b"F" * 64]
)
def test_hashes_and_other_noise_are_no_text(data: bytes) -> None:
    assert of_digits(data) == b""


@pytest.mark.parametrize(
    "data", [b"20 30 40 50 60 70 80 90 99 10 20", b"2020 2021 2022 2023 2024", b"C:\\new\\table", b"00:1a:2b:3c:4d:5e"]
)
def test_numbers_and_paths_are_nothing_written_otherwise(data: bytes) -> None:
    assert list(dumps(data)) == [] and unescaped(data) == b""


def test_entities_of_entities_are_no_bomb() -> None:
    bomb = "<!DOCTYPE a [<!ENTITY a0 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 20}'>" for n in range(1, 9)
    )
    assert len(with_entities(bomb + "]><a>" + "&a8;" * 1000 + "</a>")) < 1_000_000


def test_a_property_list_whose_values_stand_in_many_places_is_no_bomb(reader: Reader) -> None:
    (item,) = reader.read_document(_doubled(40), "a.plist").unreadable
    assert item.kind == "limit"


def _doubled(times: int) -> bytes:
    """A binary property list of lists, each of which holds the next one twice."""
    objects = [bytes([0xA2, n + 1, n + 1]) for n in range(times)] + [b"\x53abc"]
    places, at = b"", 8
    for each in objects:
        places += at.to_bytes(2, "big")
        at += len(each)
    end = bytes(6) + b"\2\1" + len(objects).to_bytes(8, "big") + bytes(8) + at.to_bytes(8, "big")
    return b"bplist00" + b"".join(objects) + places + end
