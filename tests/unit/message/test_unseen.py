"""What nobody sees cuts no word and no number; what stands apart stays apart."""

from __future__ import annotations

import struct

import pytest

from tests.quality.compound import compound
from tests.quality.in_outlook import msg
from tests.support.limits import within
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Reader
from zegel.message.text.markup import html_text
from zegel.message.text.unseen_html import without_cuts

HIDDEN = (
    "<!-- x -->", "<!-- a > b -->", "<!-- <b>9</b> -->", "<!---->", "<!--[if mso]>9<![endif]-->", "<!-- - -- -->",
    '<span style="display:none">9</span>', '<i style="DISPLAY : NONE">9</i>', "<b hidden>9</b>",
    '<font style="font-size:0">9</font>', '<font style="font-size: 0px;color:red">9</font>',
    '<u style="visibility:hidden">99</u>', '<b style="opacity: 0">9</b>', '<i style="mso-hide:all">9</i>',
    '<span style="color:transparent">9</span>', '<span style="display:block;max-height:0px">9</span>',
)  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_not_shown_cuts_no_number(hidden: str) -> None:
    text = html_text(f"<p>BSN 111{hidden}222{hidden}333</p>")
    assert "BSN 111222333" in text


@pytest.mark.parametrize(
    "around",
    ["<b>111</b>{0}<b>222</b>{0}<b>333</b>", "<i><b>111</b></i>{0}<i><b>222{0}</b></i>333", "111{0}<b>222</b>{0}333"],
)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_nor_does_it_between_elements(hidden: str, around: str) -> None:
    assert "BSN 111222333" in html_text(f"<p>BSN {around.format(hidden)}</p>")


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ('5<span style="font-size:0.9em">6</span>7', "567"),
        ('5<span style="opacity:0.5;background-color:transparent">6</span>7', "567"),
        ('a <span style="display:none">b</span> c', "a b c"),
        ("<ruby>BSN 111222333<rt>x</rt></ruby>", "BSN 111222333 x"),
        ("x<!-- y", "x"),
    ],
)
def test_the_rest_stays_where_it_is(source: str, shows: str) -> None:
    assert html_text(source).startswith(shows)


@pytest.mark.parametrize(
    "piece", ["<!--", "a<!-- ", 'a<b style="display:none">', "none<", "a<b hidden>x</b>", "İ none", "a<" + "none " * 80]
)
def test_thousands_of_them_take_one_pass(piece: str) -> None:
    with within(20):
        assert len(without_cuts(piece * 20_000)) >= 20_000


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_zero_bytes_in_a_text_are_passed_over(reader: Reader, kind: str) -> None:
    read = reader.read(f"Content-Type: {kind}\r\n\r\nThe BSN 1112\x0022333 of a client\0".encode())
    assert any("BSN 111222333" in text.content for text in read.texts)


def packaged(data: bytes) -> bytes:
    """A file as it is dragged into a document."""
    body = b"\2\0a\0a\0\0\0\3\0" + struct.pack("<I", 2) + b"a\0" + struct.pack("<I", len(data)) + data
    head = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + struct.pack("<II", 0, 0)
    return head + struct.pack("<I", len(body)) + body


OBJECT = packaged(zipped({"a.txt": "BSN 111222333"}))


@pytest.mark.parametrize(
    "source",
    [
        b"{\\rtf1{\\object{\\*\\objdata \\bin%d " % len(OBJECT) + OBJECT + b"}}}",
        b"{\\rtf1{\\object{\\*\\objdata %b\\bin%d " % (OBJECT[:9].hex().encode(), len(OBJECT) - 9)
        + OBJECT[9:]
        + b"}}}",
        b" \r\n{\\rtf1 BSN 111{\\b 222}333}",
        b"\xef\xbb\xbf{\\rtf1 BSN 111{\\b 222}333}",
        b"{\\rtf1{\\pict\\bin9 }}}\\bin99}} BSN 111222333}",
        b"{\\rtf1 x\\bin999999999 BSN 111222333",
    ],
    ids=[
        "bytes",
        "digits and bytes",
        "blanks before",
        "mark before",
        "bytes of a picture",
        "more bytes than there are",
    ],
)
def test_rtf_with_bytes_in_it_and_with_something_before_it_is_read(reader: Reader, source: bytes) -> None:
    read = reader.read(mail(text_part("x"), file_part(source, "a.rtf")))
    assert any("BSN 111222333" in text.content for text in read.texts)


def test_a_mail_of_outlook_takes_time_in_proportion_to_its_recipients(reader: Reader) -> None:
    streams = {
        f"__recip_version1.0_#{number:08X}/{key}": f"{number}@x.example".encode("utf-16-le")
        for number in range(3500)
        for key in ("3001001F", "3003001F", "39FE001F", "3002001F", "300B0102", "0FFF0102")
    }
    with within(20):
        read = reader.read_document(compound(msg(streams | {"1000001F": "BSN 111222333".encode("utf-16-le")})), "a.msg")
    assert any("BSN 111222333" in text.content for text in read.texts)
