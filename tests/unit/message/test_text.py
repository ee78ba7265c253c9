"""Text as the rules see it: folded, and free of markup."""

from __future__ import annotations

import time

import pytest

from zegel.message.base.found import Budget, Exceeded
from zegel.message.formats.plain import content, strings
from zegel.message.formats.rtf import read_rtf
from zegel.message.formats.xlsx_sheet import Styles, sheet_text
from zegel.message.text import markup
from zegel.message.text.normalise import normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain ASCII, Kept As It Is.\n", "plain ASCII, Kept As It Is.\n"),
        ("patiënt Çelik Ångström", "patient Celik Angstrom"),
        ("e\u0301e\u0308", "ee"),
        ("111\u00ad222\u200b333\ufeff\u2060", "111222333"),
        ("111\u00a0222\u202f333\u3000\u2003", "111 222 333  "),
        ("1–2—3−4‐5‑6", "1-2-3-4-5-6"),
        ("１２３ ١٢٣ १२३ 𝟏𝟐𝟑", "123 123 123 123"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb\vc", "a b c"),
        ("ﬁnanciën ﬀ Ⅳ", "financien ff IV"),
        ("Ærø Łódź straße", "AEro Lodz strasse"),
        ("‘a’ “b”", "'a' \"b\""),
        ("N\0U\0L", "NUL"),
        ("\u202e333222111\u202c", "333222111\n111222333"),
        ("\ud800", "\ufffd"),
        ("Привет 서울", "Привет 서울"),
    ],
)
def test_every_spelling_folds_to_one(text: str, folded: str) -> None:
    assert normalise(text) == folded


def test_folding_again_changes_nothing() -> None:
    text = normalise("Pátiënt １ – ½ ﬁ Привет 😀")
    assert normalise(text) == text


def test_ascii_costs_next_to_nothing() -> None:
    text = "Dear Pat, this is a letter.\n" * 40_000
    began = time.process_time()
    normalise(text)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("111<b>222</b>333", "111222333"),
        ("111<!-- x -->222", "111222"),
        ("<td>111</td><td>222</td>", "\x1f111\x1f222"),
        ("a<br>b<p>c", "a\nb\nc"),
        ("1&#49;1&nbsp;&eacute;", "111\xa0é"),
        ("1 < 2 and <3 left", "1 < 2 and <3 left"),
    ],
)
def test_html_reads_as_a_reader_sees_it(source: str, seen: str) -> None:
    assert markup.html_text(source).startswith(seen)


@pytest.mark.parametrize(
    "source",
    [
        '<img alt="111222333">',
        "<input value=111222333>",
        "<!-- 111222333 -->",
        "<!-- <b>111222333</b> -->",
        '<p style="display:none">111222333</p>',
        "<script>var x = 111222333</script>",
        "<style>/* 111222333 */</style>",
        '<a href="x?id=111222333">',
        '<a title="a > 111222333">',
        '<iframe srcdoc="&lt;p&gt;111&lt;b&gt;222&lt;/b&gt;333">',
        "<![CDATA[111222333]]>",
        "<?php 111222333 ?>",
        "<x111222333>",
        "<p 111222333",
        "</p 111222333>",
        "&#49;&#x31;1222333",
    ],
)
def test_nothing_hides_in_html(source: str) -> None:
    assert "111222333" in markup.html_text(source)


def test_a_huge_character_number_is_no_error() -> None:
    assert "after" in markup.html_text("&#" + "1" * 10_000 + "; after")


@pytest.mark.parametrize(
    "piece", ["<", "<>", "<!--", "<a ", "&", "&#", '<a b="', "<a srcdoc='", "<style", "<a" + " " * 99]
)
def test_markup_takes_linear_time(piece: str) -> None:
    source = piece * (500_000 // len(piece))
    began = time.process_time()
    for read in (markup.html_text, markup.flow_text, markup.data_text, markup.visible_text):
        read(source)
    assert time.process_time() - began < 4


def test_a_document_larger_than_a_chunk_loses_nothing_at_the_seams() -> None:
    source = "<p>" + "".join(f"<b>{number:07d}</b>" for number in range(200_000))
    text = markup.html_text(source)
    assert text.replace("\n", "") == "".join(f"{number:07d}" for number in range(200_000))


def test_entities_of_a_document_type_are_not_expanded() -> None:
    source = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><x>&b;&f;</x>'
    text = markup.data_text(source)
    assert "root:" not in text
    assert len(text) < 2 * len(source)


def test_visible_text_is_fit_to_be_read() -> None:
    source = "<head><title>t</title><style>p{}</style></head><p>Dear&nbsp;Pat,</p><!-- x --><ul><li>one<li>two</ul>"
    assert markup.visible_text(source) == "Dear Pat,\n\none\ntwo"


def test_a_small_sheet_cannot_blow_up() -> None:
    cells = '<c t="s"><v>0</v></c>' * 1000
    budget = Budget(100_000, 10, 8)
    with pytest.raises(Exceeded):
        sheet_text(f"<sheetData><row>{cells}</row></sheetData>", ["x" * 10_000], set(), budget, Styles())


def test_a_card_is_unfolded() -> None:
    card = "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:111=32=\r\n22333\r\nX:123\r\n 456\r\n"
    text = content(card, "text/vcard")
    assert "111222333" in text
    assert "123456" in text


def test_strings_finds_8_bit_and_16_bit_text() -> None:
    found = strings(b"\0\1hidden one\0\xff" + "hidden two".encode("utf-16-le") + b"\0\0\2")
    assert "hidden one" in found
    assert "hidden two" in found


def test_rtf_gives_text_and_no_picture_data() -> None:
    source = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\pict\pngblip 123456789}{\*\bkmk 444}BSN 111{\b 222}333\par\u235 ?}"
    found = read_rtf(source, "2", lambda data, path, name: None)
    assert "BSN 111222333\në" in found
    assert "444" in found
    assert "123456789" not in found


def test_rtf_hands_over_embedded_objects() -> None:
    given: list[bytes] = []
    read_rtf(
        rb"{\rtf1{\object{\*\objdata 48616c6c6f20616c6c656d61616c}}}", "2", lambda data, path, name: given.append(data)
    )
    assert given == [b"Hallo allemaal"]
