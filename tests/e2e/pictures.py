"""Takes pictures of the portal's pages: `python -m tests.e2e.pictures FOLDER [NAME…]`.

Without names every page, each as a computer, a phone and a phone at night see it, in Dutch and in English; with
`docs` as the only name the few that the documentation shows, small.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM, QUIET
from tests.e2e.gallery import SCENES, Gallery, gallery

LOOKS: dict[str, tuple[int, str, str]] = {
    "computer": (1280, "light", "en-GB"),
    "phone": (360, "light", "nl-NL"),
    "night": (360, "dark", "en-GB"),
}
"""Width in pixels, colour scheme, language."""
DOCS = ("landing", "message", "code-landing", "code-sent", "sent", "sent-gone")
"""What docs/pictures holds, as a computer shows it, half as wide."""


def take(browser: Browser, opened: Gallery, folder: Path, look: str, names: list[str], width: int) -> None:
    """Saves FOLDER/NAME-LOOK.png for each scene."""
    _, scheme, language = LOOKS[look]
    made = browser.new_page(
        viewport={"width": width, "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
    )
    for scene in SCENES:
        if not names or scene.name in names:
            opened.show(scene, made)
            made.screenshot(path=folder / f"{scene.name}-{look}.png", full_page=True)
    made.context.close()


def main(folder: Path, *names: str) -> None:
    """Takes the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, gallery() as opened:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for look, (width, _, _) in LOOKS.items():
            if names == ("docs",):
                if look == "computer":
                    take(browser, opened, folder, look, list(DOCS), 640)
            else:
                take(browser, opened, folder, look, list(names), width)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
