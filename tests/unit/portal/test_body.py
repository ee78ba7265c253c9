"""What the frame shows of an honest mail, and of one that is meant to take long."""

from __future__ import annotations

import base64

import pytest

from tests.support.limits import within
from tests.unit.portal.portal_client import M, reader_of, shown
from zegel.message.mime.view import view
from zegel_portal.mail.body import blocks, body_of, frame_heights, pieces, without_tags
from zegel_portal.mail.sanitise import PICTURE_BUDGET, has_remote_pictures, sanitise, too_much
from zegel_portal.mail.styles import filter_declarations, style_sheets

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


def test_what_makes_a_mail_look_like_itself_stays() -> None:
    html = (
        '<h2 style="color:#c00;margin:0 0 8px">Kop</h2><p align="center"><font face="Calibri" size="4">a</font></p>'
        '<table border="1" cellpadding="4" style="border-collapse:collapse"><tbody><tr>'
        '<td colspan="2" bgcolor="#eee">x</td></tr></tbody></table>'
        '<ul type="disc"><li>1</li></ul><blockquote>q</blockquote><p dir="rtl">שלום</p>'
    )
    assert sanitise(html, {}).html == html


def test_outlooks_paragraphs_keep_their_style_sheet() -> None:
    html = "<style><!--\n/* Font */\n@font-face{x:y}\np.Mso, li.Mso {margin:0cm;\n font-size:11.0pt;}\n--></style>"
    assert style_sheets(html) == "p.Mso, li.Mso{margin:0cm;font-size:11.0pt}"
    assert '<p class="Mso">x</p>' in shown(html + "<p class=Mso>x</p>")


def test_links_lead_out_in_a_new_tab_without_referrer() -> None:
    cleaned = sanitise('<a href="https://ok.example/?a=1&amp;b=2">x</a><a href="mailto:a@b.example">y</a>', {}).html
    assert 'href="https://ok.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"' in cleaned
    assert 'href="mailto:a@b.example"' in cleaned


@pytest.mark.parametrize("source", ["cid:a@b", "CID:A@B", "cid:a%40b"])
def test_pictures_of_the_mail_itself_are_shown(source: str) -> None:
    cleaned = sanitise(f'<img src="{source}" width="20" alt="x">', {"a@b": lambda: PNG}).html
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in cleaned
    assert 'width="20"' in cleaned


def test_pictures_beyond_the_budget_become_their_words() -> None:
    big = PNG + b"x" * (PICTURE_BUDGET // 2)
    inline = {name: (lambda: big) for name in ("a", "b", "c")}
    cleaned = sanitise('<img src="cid:a"><img src="cid:b" alt="tweede"><img src="cid:c">', inline)
    assert cleaned.html.count("data:image/png") == 1
    assert "tweede" in cleaned.html
    assert cleaned.left_out == 2


def test_one_picture_used_a_thousand_times_stays_within_the_budget() -> None:
    picture = PNG + b"x" * 100_000
    assert len(sanitise('<img src="cid:a">' * 1000, {"a": lambda: picture}).html) < 2 * PICTURE_BUDGET


def test_remote_pictures_are_noticed_and_their_words_shown() -> None:
    html = '<p><img alt="Ons logo" src="https://kliniek.example/logo.png"></p>'
    assert has_remote_pictures(html)
    assert not has_remote_pictures('<img src="cid:x"><a href="https://x">y</a>')
    assert sanitise(html, {}).html == "<p>Ons logo</p>"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 200_000, "<b>" * 100_000, "&" * 1_000_000, "<" * 1_000_000, "<img " * 200_000, "<style" * 200_000,
     "<!--" * 300_000, "<style>a{" * 50_000, "<b><p>" * 50_000, "<table><td>" * 50_000, "<a href=x>" * 60_000,
     "<style>" + "/*" * 300_000 + "</style>", "<style>" + "a{}" * 60_000 + "</style>",
     "<p style='" + ";" * 500_000 + "'>",
     "<p " + "style=a:b " * 50_000 + ">", "<img src=" * 100_000, "</div>" * 300_000, "\0" * 500_000],
    ids=lambda html: html[:12].encode("unicode_escape").decode(),
)  # fmt: skip
def test_html_that_is_meant_to_take_long_does_not(html: str) -> None:
    with within(5):
        document = shown(html)
    assert len(document) < 20_000_000


def test_html_that_is_too_much_is_shown_as_text() -> None:
    html = "<p>begin</p>" + "<div>" * 20_000
    assert too_much(html)
    assert '<p dir="auto">' in shown(html)
    assert "begin" in shown(html)


def test_large_but_honest_html_is_shown_as_written() -> None:
    rows = "<tr>" + "<td>1&nbsp;234</td>" * 10 + "</tr>"
    assert not too_much(f"<table>{rows * 2000}</table>")


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color : RED ; font-weight:bold", "color:RED;font-weight:bold"),
        ("color:rgb(1, 2, 3)!important", "color:rgb(1, 2, 3)"),
        ("width:100px;position:static", "width:100px"),
        ("font-family:'Segoe UI',Arial", "font-family:'Segoe UI',Arial"),
        ("margin:-5px;margin:0 auto", "margin:0 auto"),
        ("display:flex;display:none", "display:none"),
        ("color:calc(1px);color:red\\9;color:<b>", ""),
        ("", ""),
        (";;:::;", ""),
    ],
)
def test_declarations(style: str, kept: str) -> None:
    assert filter_declarations(style) == kept


def test_addresses_in_plain_text_become_links() -> None:
    found = [
        (p.text, p.href) for p in pieces("(https://a.example/x_(1)), <www.b.example>; c+d@e.example! javascript:x")
    ]
    assert ("www.b.example", "https://www.b.example") in found
    assert ("c+d@e.example", "mailto:c+d@e.example") in found
    assert not any("javascript" in href for _, href in found)
    assert (
        "".join(text for text, _ in found) == "(https://a.example/x_(1)), <www.b.example>; c+d@e.example! javascript:x"
    )


@pytest.mark.slow
def test_long_plain_texts_are_quick_and_cut() -> None:
    with within(40):
        for text in (
            "a" * 1_000_000,
            "a.b@" * 250_000,
            "http://" * 150_000,
            ">" * 500_000,
            ">\n\n" * 200_000,
            "www." * 250_000,
        ):
            list(blocks(text))
    raw = b"Subject: x\r\n\r\n" + b"woord " * 300_000
    made = body_of(raw, view(raw))
    assert made.shortened
    assert sum(len(piece.text) for block in made.blocks for piece in block.pieces) == 1_000_000


def test_the_frame_is_about_as_high_as_its_text() -> None:
    def heights(text: str) -> tuple[int, int]:
        return frame_heights(view(b"Subject: x\r\n\r\n" + text.encode()))

    assert heights("kort") == (5, 5)
    wide, narrow = heights("een zin van veertig tekens lang ongeveer " * 40)
    assert wide < narrow
    assert heights("regel\r\n" * 5000)[0] == 130
    assert "\n" in without_tags("<p>a</p><p>b</p>")


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Please find attached the results of the test. Kind regards", "en"),
        ("Hierbij de uitslag van het onderzoek. Met vriendelijke groet", "nl"),
        ("مرفق نتيجة الفحص", "ar"),
        ("Zie", "und"),
    ],
)
def test_the_frame_says_the_language_of_its_content_and_not_of_the_reader(body: str, language: str) -> None:
    raw = f"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n".encode()
    page = reader_of(raw).get(f"{M}/body").text
    assert f'<html lang="{language}">' in page and '<body dir="auto">' in page
