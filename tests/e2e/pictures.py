"""Takes pictures of the portal's pages.

python -m tests.e2e.pictures FOLDER [NAME…]    each page as a computer, a phone and a phone at night see it
python -m tests.e2e.pictures docs              the ones of docs/pages.md, into docs/pictures
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM, QUIET
from tests.e2e.gallery import SCENES, Gallery, gallery
from tests.e2e.small_png import small

DOCS = Path(__file__).parents[2] / "docs"
LOOKS: dict[str, tuple[int, str, str]] = {
    "-computer": (1280, "light", "en-GB"),
    "-phone": (360, "light", "nl-NL"),
    "-night": (360, "dark", "en-GB"),
}
"""Width in pixels, colour scheme, language, by the end of the file's name."""
IN_DOCS = (500, "light", "en-GB")


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
            picture = made.screenshot(full_page=True)
            (folder / f"{scene.name}{end}.png").write_bytes(small(picture) if not end else picture)
    made.context.close()


def main(where: str, *names: str) -> None:
    """Takes the pictures."""
    with sync_playwright() as playwright, gallery() as opened:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-lcd-text"])
        if where == "docs":
            take(browser, opened, DOCS / "pictures", "", IN_DOCS, shown_in_docs())
        else:
            Path(where).mkdir(parents=True, exist_ok=True)
            for end, look in LOOKS.items():
                take(browser, opened, Path(where), end, look, set(names))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
