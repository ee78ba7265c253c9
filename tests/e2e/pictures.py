"""Takes pictures of the portal's pages and of the mails.

python -m tests.e2e.pictures FOLDER [NAME…]    each page as a computer, a phone and a phone at night see it; each mail
                                               on a wide and a small screen and at night, and its text in FOLDER/mails
python -m tests.e2e.pictures docs              the ones of docs/pages.md and docs/mails.md, into docs/pictures
python -m tests.e2e.pictures docs mails        those of docs/mails.md only
python -m tests.e2e.pictures docs looks        and those of docs/pages.md as several readers see them
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM, QUIET
from tests.e2e.gallery import SCENES, Gallery, gallery
from tests.e2e.mail_scenes import MAILS, seen, terminal
from tests.e2e.small_png import small
from zegel.i18n.languages import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class MailLook:
    """How somebody reads a mail."""

    language: str
    width: int = 600
    dark: bool = False
    images: bool = True
    """Many mail programs show none until they are told to."""
    as_text: bool = False
    """In a terminal, which shows the text part."""


LOOKS: dict[str, tuple[int, str, str]] = {
    "-computer": (1280, "light", "en-GB"),
    "-phone": (360, "light", "nl-NL"),
    "-night": (360, "dark", "en-GB"),
}
"""Width in pixels, colour scheme, language, by the end of the file's name."""
IN_DOCS = (500, "light", "en-GB")
LOOKED_AT = {"landing", "message", "conversation", "sent-many", "write-message"}
"""The pages that docs/pages.md shows as several readers see them, in docs/pictures/looks."""
READERS: dict[str, tuple[int, str, str]] = {
    "-phone": (360, "light", "en-GB"),
    "-phone-night": (360, "dark", "en-GB"),
    "-phone-large": (360, "light", "en-GB"),
    "-computer": (1280, "light", "en-GB"),
    "-computer-night": (1280, "dark", "en-GB"),
}
"""As LOOKS; "large" has letters of twice the size."""
MAIL_LOOKS: dict[str, MailLook] = {
    "-wide": MailLook("en"),
    "-small": MailLook("nl", width=320),
    "-night": MailLook("fr", dark=True),
    "-small-night": MailLook("de", width=320, dark=True),
    "-bare": MailLook("de", images=False),
    "-terminal": MailLook("en", as_text=True),
}
"""As LOOKS, of mails."""
SHOWN_IN, IN_DOCS_TOO = "message", ("-small", "-small-night", "-bare", "-terminal")
"""The mail that docs/mails.md shows in other looks, and in which."""


def shown_in_docs() -> set[str]:
    """The scenes that docs/pages.md shows."""
    return set(re.findall(r"pictures/([a-z0-9-]+)\.png", (DOCS / "pages.md").read_text(encoding="utf-8")))


def take(
    browser: Browser, opened: Gallery, folder: Path, end: str, look: tuple[int, str, str], names: set[str]
) -> None:
    """Saves FOLDER/NAME+END.png for each scene in `names`, or for every scene."""
    width, scheme, language = look
    made = browser.new_page(
        viewport={"width": width, "height": 400},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
    )
    for scene in SCENES:
        if not names or scene.name in names:
            opened.show(scene, made)
            if end.endswith("-large"):
                made.evaluate("document.documentElement.style.fontSize = '200%'")
                for wide in (width - 1, width):  # which has the text in its frame measured anew
                    made.set_viewport_size({"width": wide, "height": 400})
                    made.wait_for_timeout(200)
            picture = made.screenshot(full_page=True)
            (folder / f"{scene.name}{end}.png").write_bytes(small(picture) if "docs" in folder.parts else picture)
    made.context.close()


def take_mails(browser: Browser, folder: Path, end: str, look: MailLook, names: set[str]) -> None:
    """Saves FOLDER/NAME+END.png for each mail in `names`, or for every mail."""
    made = browser.new_page(
        viewport={"width": look.width, "height": 100}, color_scheme="dark" if look.dark else "light"
    )
    if not look.images:
        made.route("**/*", lambda route: route.abort())
    for name, mail in MAILS.items():
        if not names or name in names:
            read = seen(mail(look.language), images=look.images)
            made.set_content(terminal(read) if look.as_text else read.page)
            picture = made.screenshot(full_page=True)
            (folder / f"{name}{end}.png").write_bytes(small(picture))
    made.context.close()


def write_texts(folder: Path, names: set[str]) -> None:
    """Saves the subject and the text part of each mail in `names`, or of every mail, in every language."""
    for name, mail in MAILS.items():
        if not names or name in names:
            for language in LANGUAGES:
                read = seen(mail(language))
                content = f"Subject: {read.subject}\n\n{read.text}"
                (folder / f"{name}-{language}.txt").write_text(content, encoding="utf-8")


def main(where: str, *names: str) -> None:
    """Takes the pictures."""
    with sync_playwright() as playwright, gallery() as opened:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-lcd-text"])
        if where == "docs":
            if not names or "mails" in names:
                take_mails(browser, _made(DOCS / "pictures" / "mails"), "", MAIL_LOOKS["-wide"], set())
                for end in IN_DOCS_TOO:
                    take_mails(browser, _made(DOCS / "pictures" / "mail-looks"), end, MAIL_LOOKS[end], {SHOWN_IN})
            if not names:
                take(browser, opened, DOCS / "pictures", "", IN_DOCS, shown_in_docs())
            if not names or "looks" in names:
                for end, reader in READERS.items():
                    take(browser, opened, _made(DOCS / "pictures" / "looks"), end, reader, LOOKED_AT)
        else:
            folder, mails = _made(Path(where)), _made(Path(where) / "mails")
            for end, look in MAIL_LOOKS.items():
                take_mails(browser, mails, end, look, set(names))
            write_texts(mails, set(names))
            for end, page_look in LOOKS.items():
                take(browser, opened, folder, end, page_look, set(names))
        browser.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main(*sys.argv[1:])
