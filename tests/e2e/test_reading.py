"""Reading in a real browser: the height of the frame, paper, names of files, and no page that scrolls sideways."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import EmailMessage

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.gallery import Gallery, gallery
from tests.e2e.reading_scenes import PAPER, READING, of, scene
from tests.unit.portal import reading_samples as samples
from tests.unit.portal.test_files import mail

BY_NAME = {each.name: each for each in READING}


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context.new_page()
    context.close()


def rest(page: Page) -> int:
    """How many pixels of the body do not fit its frame, upright."""
    page.wait_for_timeout(300)
    frame = page.locator("iframe.body").element_handle().content_frame()
    assert frame
    return int(frame.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight"))


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["long", "wide-table", "right-to-left", "invite", "nested-mail", "message"])
def test_the_frame_is_as_high_as_its_text(name: str, width: int, shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    shown.show(BY_NAME.get(name) or scene("message", of(mail(body="Kort."))), page)
    assert rest(page) <= 0
    height = page.locator("iframe.body").bounding_box()
    assert height
    body = page.frame_locator("iframe.body").locator("body").bounding_box()
    assert body
    assert height["height"] - body["height"] <= 96


def test_the_frame_follows_when_the_screen_is_turned(shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": 900, "height": 400})
    shown.show(BY_NAME["long"], page)
    assert rest(page) <= 0
    page.set_viewport_size({"width": 400, "height": 900})
    assert rest(page) <= 0
    page.set_viewport_size({"width": 900, "height": 400})
    assert rest(page) <= 0


@pytest.mark.parametrize("name", BY_NAME)
def test_the_page_never_scrolls_sideways(name: str, shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    shown.show(BY_NAME[name], page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_table_that_is_too_wide_is_moved_inside_its_frame(shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    shown.show(BY_NAME["wide-table"], page)
    last = page.frame_locator("iframe.body").get_by_text("Laboratorium")
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 360


def test_the_text_in_the_frame_runs_nothing_and_reaches_nothing(shown: Gallery, page: Page) -> None:
    """The frame keeps the portal's origin, to be measured; a script that got in would reach much, and cannot run."""
    shown.show(BY_NAME["long"], page)
    frame = page.locator("iframe.body").element_handle().content_frame()
    assert frame
    page.evaluate(
        """() => { const inside = document.querySelector("iframe.body").contentDocument;
        const script = inside.createElement("script"); script.textContent = "parent.ran = 1";
        inside.body.append(script);
        const picture = inside.createElement("img"); picture.setAttribute("onerror", "parent.ran = 2");
        picture.src = "data:,x"; inside.body.append(picture);
        const link = inside.createElement("a"); link.href = "javascript:parent.ran = 3"; inside.body.append(link);
        link.click(); }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None


def test_without_a_script_the_frame_has_an_estimate(shown: Gallery, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    shown.show(BY_NAME["long"], page)
    box = page.locator("iframe.body").bounding_box()
    assert box
    assert box["height"] > 1500
    context.close()


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [each.get_textpage().get_text_bounded() for each in document]


def test_paper_holds_the_whole_text_and_what_stands_above_it(shown: Gallery, page: Page) -> None:
    shown.show(scene("x", of(mail(html=samples.LONG)), "/print"), page)
    sheets = pages_of(page.pdf(format="A4"))
    whole = " ".join(" ".join(sheets).split())
    assert len(sheets) >= 4
    for said in ("Uitslag: mei/juni", "Anna <anna@kliniek.example>", "jan@post.example", "Verslag"):
        assert said in " ".join(sheets[0].split())
    for number in range(1, 41):
        assert f"Alinea {number}." in whole
    for other in ("Sign out", "Keep this message", "Download"):
        assert other not in whole


def test_the_page_itself_can_be_printed_too(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["long"], page)
    assert rest(page) <= 0
    whole = " ".join(" ".join(pages_of(page.pdf(format="A4"))).split())
    for number in range(1, 41):
        assert f"Alinea {number}." in whole
    assert "Uitslag: mei/juni" in whole
    for other in ("Sign out", "Your settings", "Reply", "Keep this message", "Download", "Print"):
        assert other not in whole


def test_a_wide_table_fits_on_paper(shown: Gallery, page: Page) -> None:
    shown.show(PAPER, page)
    assert "Laboratorium" in pages_of(page.pdf(format="A4"))[0]


def test_the_button_prints_without_leaving_the_page(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["long"], page)
    page.evaluate(
        """() => { const made = document.createElement.bind(document);
        document.createElement = (name) => { const element = made(name); if (name === "iframe")
        element.addEventListener("load", () => { element.contentWindow.print = () => { window.printed = true; }; },
        { capture: true }); return element; }; }"""
    )
    page.get_by_role("link", name="Print").click()
    page.evaluate(
        "new Promise((done) => { const look = () => window.printed ? done() : setTimeout(look, 50); look(); })"
    )
    assert page.url.endswith("/message")


def test_a_mail_in_a_mail_is_walked_through(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["mail-in-mail"], page)
    page.get_by_role("link", name="Read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Doorgestuurd 2")
    page.get_by_role("link", name="Read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Binnenste brief")
    expect(page.frame_locator("iframe.body").get_by_text("Dit is de binnenste brief.")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("link", name="Back to the message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Doorgestuurd 1")


NAMES = {
    "Uitslag 12 mei.pdf": "Uitslag 12 mei.pdf",
    "foto 😀 wond.png": "foto 😀 wond.png",
    "résumé – ünïcode.txt": "résumé – ünïcode.txt",
    "病历.pdf": "病历.pdf",
    'say "hi" \\ now.txt': "now.txt",
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "/etc/cron.d/x": "x",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "CON.txt": "_CON.txt",
    "aux": "_aux",
    "a" * 400 + ".docx": "a" * 145 + ".docx",
    "😀" * 200 + ".png": "😀" * 49 + ".png",
    "50% off;a=b.pdf": "50% off;a=b.pdf",
    "it's; filename=evil.exe.pdf": "it's; filename=evil.exe.pdf",
    "%2e%2e%2fx.txt": "%2e%2e%2fx.txt",
    "punt.": "punt",
    ".bashrc": "bashrc",
    "نتيجة.pdf": "نتيجة.pdf",
}
"""What a sender calls a file, and what the browser saves."""


def test_files_are_saved_under_their_names(shown: Gallery, page: Page) -> None:
    made = EmailMessage()
    made.set_content("Bestanden")
    for name in NAMES:
        made.add_attachment(name.encode("utf-8"), "application", "octet-stream", filename=name)
    shown.show(scene("x", of(made.as_bytes())), page)
    links = page.locator('.files a[href*="/file/"]')
    assert links.count() == len(NAMES)
    saved = {}
    for number, name in enumerate(NAMES):
        with page.expect_download() as started:
            links.nth(number).click()
        assert started.value.path().read_bytes() == name.encode("utf-8")
        saved[name] = started.value.suggested_filename
    assert saved == NAMES
