"""Words in charsets and scripts that a file does not name, and words that the end of a line cuts."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.base.file_types import wide
from zegel.message.formats.rtf import read_rtf
from zegel.message.reader import Reader


def escaped(text: str, charset: str) -> bytes:
    return b"".join(b"\\'%02x" % byte for byte in text.encode(charset))


@pytest.mark.parametrize(
    ("number", "charset", "text"),
    [(128, "cp932", "患者番号１１１２２２３３３"), (134, "gb18030", "病人身份证号码"), (136, "cp950", "病人身份"),
     (129, "cp949", "환자번호"), (204, "cp1251", "пациент"), (161, "cp1253", "ασθενής"),
     (238, "cp1250", "pacjent źle")],
)  # fmt: skip
@pytest.mark.parametrize("head", [rb"\fnil", rb"\fswiss\fprq2", rb"\fnil\fprq1{\*\panose 02}", rb"", rb"\froman "])
def test_text_in_a_font_of_its_own_charset_is_read(number: int, charset: str, text: str, head: bytes) -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1%b\fcharset%d Font;}}"
        rb"\f0 a {\f1 %b} b \f1 %b\plain  c}" % (head, number, escaped(text, charset), escaped(text, charset))
    )
    read = read_rtf(data, "2", lambda *_: None)
    assert read.count(text) == 2
    assert read.split()[0] == "a"


@pytest.mark.parametrize("charset", ["gb18030", "cp932", "utf-8", "cp850", "cp1252", "cp1251"])
@pytest.mark.parametrize("wrap", ["alone", "in a ZIP"])
def test_the_name_of_a_member_is_read_in_the_charset_of_its_writer(reader: Reader, charset: str, wrap: str) -> None:
    name = {"gb18030": "病人张伟.txt", "cp932": "患者番号.txt", "cp1251": "пациент.txt"}.get(charset, "patiënt Zoë.txt")
    raw = name.encode(charset)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("x" * len(raw), "content")
    data = out.getvalue().replace(b"x" * len(raw), raw)
    data = zipped({"inner.zip": data}) if wrap == "in a ZIP" else data
    read = reader.read(mail(text_part("x"), file_part(data, "a.zip")))
    wanted = {"patiënt Zoë.txt": "patient Zoe.txt"}.get(name, name)
    found = "\n".join(text.content for text in read.texts if text.where == "filenames")
    assert wanted in found or wanted.replace("й", "и") in found


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [
    "BSN 111222333", "Пациент: BSN 111222333, диабет", "ασθενής BSN 111222333", "患者 BSN 111222333 です",
    "€ 100 – “BSN 111222333” …", "naam;bsn\r\nŁukasz;BSN 111222333\r\n" * 40,
])  # fmt: skip
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.bin"])
def test_wide_text_without_a_mark_is_read(reader: Reader, charset: str, text: str, name: str) -> None:
    read = reader.read(mail(text_part("x"), file_part(text.encode(charset), name)))
    assert any("BSN 111222333" in found.content for found in read.texts)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_wide_text_in_a_binary_file_is_read(reader: Reader, charset: str) -> None:
    data = b"\1\2\3\4\xff\xfe\xfd" + bytes(51) + "BSN 111222333".encode(charset) + bytes(range(128, 160)) * 3 + b"\1"
    read = reader.read(mail(text_part("x"), file_part(data, "a.dat")))
    assert any("BSN 111222333" in found.content for found in read.texts)


@pytest.mark.parametrize("data", [bytes(range(256)), b"plain text of bytes", bytes(100)])
def test_other_bytes_are_no_wide_text(data: bytes) -> None:
    assert not wide(data)


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("plain", "het burgerservice-\nnummer van", "burgerservicenummer"),
        ("plain", "> het burgerservice-\r\n> nummer van", "burgerservicenummer"),
        ("plain", "de pati\u00ebn-\r\n   te kreeg", "patiente"),
        ("plain", "een zieken\u00ad\r\nhuis", "ziekenhuis"),
        ("plain", "de BSN-\nnummers", "BSN-nummers"),
        ("html", "<p>burgerservice-<br>nummer</p>", "burgerservicenummer"),
        ("html", "<p>burgerservice&shy;<br>\nnummer</p>", "burgerservicenummer"),
        ("html", "<p>burger&shy;service&#173;nummer</p>", "burgerservicenummer"),
    ],
)
@pytest.mark.parametrize("attached", [False, True])
def test_a_word_that_a_line_s_end_cuts_is_joined(
    reader: Reader, kind: str, text: str, word: str, attached: bool
) -> None:
    ending = "txt" if kind == "plain" else "html"
    part = file_part(text.encode(), f"a.{ending}", f"text/{kind}") if attached else text_part(text, kind)
    assert any(word in found.content for found in reader.read(mail(text_part("x"), part)).texts)


@pytest.mark.parametrize(
    "text", ["groet,\n-- \nJan", "punt 1 -\nde rest", "A-\nB", "x 12-\n34", "Zie bijlage -\n\nnieuw"]
)
def test_other_hyphens_stay(reader: Reader, text: str) -> None:
    read = reader.read(mail(text_part(text)))
    assert any(found.content.strip() == text for found in read.texts)
