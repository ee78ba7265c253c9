"""The portal's words, in every language, and the few that Python makes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import zegel_portal.main
from tests.e2e.gallery import SCENES
from tests.e2e.pictures import shown_in_docs
from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import M, client_for, settings_for
from zegel.i18n.catalogues import format_size, own_name
from zegel.i18n.languages import LANGUAGES
from zegel.i18n.moments import after, day, format_moment, on, speaks, time_of_day, until
from zegel_portal.files.file_types import kind, previewable, type_of
from zegel_portal.site.pages import ago

FOLDER = Path(zegel_portal.main.__file__).parent


def test_every_language_has_a_name_of_its_own() -> None:
    assert len({own_name(language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_dutch_page_has_no_english_left() -> None:
    jan = client_for(FakeAccess())
    jan.language = "nl"
    pages = [jan.get(M).text, jan.get(f"{M}/enter?s=sent").text, jan.unlock("fout").text, jan.get("/m/x").text]
    jan.unlock()
    pages += [jan.get(f"{M}{path}").text for path in ("/message", "/zip", "/you", "/not-mine", "/not-asked")]
    for page in pages:
        text = re.sub(r"<[^>]+>", " ", page)
        assert not re.search(r"\b(the|your|you|password|with)\b", text), text


def test_each_kind_of_note_has_a_look() -> None:
    """A kind that the style sheet has not is a note without colour, which nobody notices."""
    sheet = (Path(__file__).parents[3] / "web/static/portal.css").read_text("utf-8")
    for template in (FOLDER / "templates").glob("*.html"):
        for kind_of_note in re.findall(r'note\("(\w+)"', template.read_text("utf-8")):
            assert re.search(rf"\.{kind_of_note} [.{{]", sheet), f"{template.name}: {kind_of_note}"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-500, ("zojuist", "just now", "gerade eben", "à l’instant")),
        (59.9, ("zojuist", "just now", "gerade eben", "à l’instant")),
        (60, ("1 minuut geleden", "1 minute ago", "vor 1 Minute", "il y a 1 minute")),
        (119.9, ("1 minuut geleden", "1 minute ago", "vor 1 Minute", "il y a 1 minute")),
        (3599, ("59 minuten geleden", "59 minutes ago", "vor 59 Minuten", "il y a 59 minutes")),
        (3600, ("1 uur geleden", "1 hour ago", "vor 1 Stunde", "il y a 1 heure")),
        (86399, ("23 uur geleden", "23 hours ago", "vor 23 Stunden", "il y a 23 heures")),
        (86400, ("1 dag geleden", "1 day ago", "vor 1 Tag", "il y a 1 jour")),
        (29.9 * 86400, ("29 dagen geleden", "29 days ago", "vor 29 Tagen", "il y a 29 jours")),
        (30 * 86400, ("1 maand geleden", "1 month ago", "vor 1 Monat", "il y a 1 mois")),
        (364 * 86400, ("12 maanden geleden", "12 months ago", "vor 12 Monaten", "il y a 12 mois")),
        (800 * 86400, ("2 jaar geleden", "2 years ago", "vor 2 Jahren", "il y a 2 ans")),
    ],
)
def test_moments_in_the_readers_words(seconds: float, told: tuple[str, ...]) -> None:
    assert tuple(ago(seconds, language) for language in LANGUAGES) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", "25 oktober 2026 om 2.30\xa0uur"),
        ("en", "25 October 2026 at 02:30"),
        ("de", "25. Oktober 2026 um 2:30\xa0Uhr"),
        ("fr", "25 octobre 2026 à 2\xa0h\xa030"),
    ],
)
def test_when_summer_time_ends_an_hour_has_still_passed(language: str, told: str) -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    assert format_moment(first, language, "Europe/Amsterdam") == told
    assert format_moment(first + 3600, language, "Europe/Amsterdam") == told
    assert ago(3600, language) == ago(3601, language)
    later = format_moment(first + 2 * 3600, language, "Europe/Amsterdam")
    assert later != told and re.search(r"3(:|\.|\xa0h\xa0)30", later)


def test_when_summer_time_begins_the_clock_skips_an_hour_and_no_more_has_passed() -> None:
    first = datetime(2026, 3, 29, 0, 59, tzinfo=UTC).timestamp()
    told = [time_of_day(first + passed, "nl", "Europe/Amsterdam") for passed in (0, 60)]
    assert told == ["1.59\xa0uur", "3.00\xa0uur"] and ago(60, "nl") == "1 minuut geleden"
    assert day(datetime(2026, 3, 28, 23, 30, tzinfo=UTC).timestamp(), "de", "Europe/Amsterdam") == "29. März 2026"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (999_499, "999 kB"), (25_000_000, "25 MB")]
)
def test_sizes(size: int, words: str) -> None:
    assert format_size(size, "en").replace("\xa0", " ") == words


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


@pytest.mark.parametrize(
    ("language", "near", "far"),
    [
        ("nl", "tot 23.05 uur|vanaf 23.05 uur", "tot 1 maart 2027 om 23.05 uur|vanaf 1 maart 2027 om 23.05 uur"),
        ("en", "until 23:05|from 23:05", "until 1 March 2027 at 23:05|from 1 March 2027 at 23:05"),
        ("de", "bis 23:05 Uhr|ab 23:05 Uhr", "bis zum 1. März 2027 um 23:05 Uhr|ab dem 1. März 2027 um 23:05 Uhr"),
        (
            "fr",
            "jusqu’à 23 h 05|à partir de 23 h 05",
            "jusqu’au 1 mars 2027 à 23 h 05|à partir du 1 mars 2027 à 23 h 05",
        ),
    ],
)
def test_a_moment_brings_its_preposition_and_its_day_unless_it_is_near(language: str, near: str, far: str) -> None:
    moment = datetime(2027, 3, 1, 22, 5, tzinfo=UTC).timestamp()
    for now, said in ((moment - 3600, near), (moment - 6 * 3600 - 1, far), (moment - 40 * 86400, far)):
        told = [each(moment, language, "Europe/Amsterdam", now) for each in (until, after)]
        assert "|".join(told).replace("\xa0", " ") == said
    assert far.partition("|")[0].partition("2027")[2] in on(moment, language, "Europe/Amsterdam").replace("\xa0", " ")


def test_on_the_first_of_the_hour_and_after_midnight() -> None:
    moment = datetime(2027, 3, 1, 23, 0, tzinfo=UTC).timestamp()
    told = [time_of_day(moment, language, "Europe/Amsterdam").replace("\xa0", " ") for language in LANGUAGES]
    assert told == ["0.00 uur", "00:00", "0:00 Uhr", "0 h"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_moments_of_each_language_are_written_down(language: str) -> None:
    assert speaks(language)


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
