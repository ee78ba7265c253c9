"""The portal's words, in every language, and the few that Python makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import zegel_portal.main
from tests.e2e.gallery import SCENES
from tests.e2e.pictures import shown_in_docs
from tests.unit.fake_access import FakeAccess
from tests.unit.portal_client import M, client_for, settings_for
from zegel.language import catalogue_problems
from zegel.settings_languages import LANGUAGES
from zegel_portal.assets import lighter
from zegel_portal.kinds import kind, previewable, size_in_words, type_of
from zegel_portal.pages import LANGUAGE_NAMES, ago

FOLDER = Path(zegel_portal.main.__file__).parent


def test_every_text_is_translated_and_no_translation_is_unused() -> None:
    assert catalogue_problems(FOLDER, "nl") == []


def test_every_language_has_a_name_of_its_own() -> None:
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)


def test_no_text_shouts_or_uses_jargon() -> None:
    texts = (FOLDER / "locale" / "nl.po").read_text(encoding="utf-8")
    said = " ".join(re.findall(r'^"?(?:msgid|msgstr)?[^"]*"(.*)"$', texts, re.MULTILINE))
    assert not re.search(r"\w!", said)
    assert not re.search(r"authenti|credential|token|sessie|session|\b(je|jij|jouw)\b", said, re.IGNORECASE)


def test_a_dutch_page_has_no_english_left() -> None:
    jan = client_for(FakeAccess())
    jan.language = "nl"
    pages = [jan.get(M).text, jan.get(f"{M}/enter?s=sent").text, jan.unlock("fout").text, jan.get("/m/x").text]
    jan.unlock()
    pages += [jan.get(f"{M}/message").text, jan.get(f"{M}/zip").text]
    for page in pages:
        text = re.sub(r"<[^>]+>", " ", page)
        assert not re.search(r"\b(the|your|you|password|with)\b", text), text


@pytest.mark.parametrize(
    ("seconds", "nl", "en"),
    [
        (0, "1 seconde geleden", "1 second ago"),
        (60, "1 minuut geleden", "1 minute ago"),
        (3600, "1 uur geleden", "1 hour ago"),
        (3 * 86400, "3 dagen geleden", "3 days ago"),
        (-500, "1 seconde geleden", "1 second ago"),
    ],
)
def test_moments_in_the_readers_words(seconds: float, nl: str, en: str) -> None:
    assert (ago(seconds, "nl"), ago(seconds, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (999_499, "999 kB"), (25_000_000, "25 MB")]
)
def test_sizes(size: int, words: str) -> None:
    assert size_in_words(size, "en").replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("declared", "name", "beginning", "found", "preview"),
    [
        ("application/octet-stream", "x", b"\xff\xd8\xff\xe0", "image/jpeg", "picture"),
        ("text/plain", "a.txt", b"RIFF0000WEBPVP8", "image/webp", "picture"),
        ("image/png", "a.png", b"", "application/octet-stream", ""),
        ("text/plain", "a.txt", b"\0\1\2", "application/octet-stream", ""),
        ("text/plain", "a.txt", b"\xff\xfeh\0i\0", "text/plain", "text"),
        ("application/octet-stream", "log.TXT", b"hi", "text/plain", "text"),
        ("text/html", "a.html", b"<p>", "text/html", ""),
        ("image/svg+xml", "a.svg", b"<svg>", "image/svg+xml", ""),
        ("application/x-unknown", "a.x", b"hi", "application/x-unknown", ""),
    ],
)
def test_a_file_is_what_its_beginning_says(
    declared: str, name: str, beginning: bytes, found: str, preview: str
) -> None:
    assert type_of(declared, name, beginning) == found
    assert previewable(found) == preview
    assert kind(found)


def test_a_dark_accent_is_made_readable_on_a_dark_card() -> None:
    assert lighter("#000000") != "#000000"
    assert lighter("#ffffff") == "#ffffff"


@pytest.mark.parametrize(("timezone", "time"), [("Europe/Amsterdam", "16:13"), ("America/Curacao", "10:13")])
def test_moments_are_told_in_the_organisations_time_zone(timezone: str, time: str) -> None:
    assert time in client_for(FakeAccess(), settings_for(timezone=timezone)).get(M).text


def test_the_pictures_in_the_documentation_are_of_pages_that_exist_and_none_lies_about() -> None:
    docs = FOLDER.parent / "docs"
    shown = shown_in_docs()
    readme = (docs.parent / "README.md").read_text(encoding="utf-8")
    assert shown
    assert shown <= {scene.name for scene in SCENES}
    there = {path.stem for path in (docs / "pictures").glob("*.png")}
    assert shown <= there
    assert {name for name in there - shown if f"pictures/{name}.png" not in readme} == set()
