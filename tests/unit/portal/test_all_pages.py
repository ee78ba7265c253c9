"""What holds for all pages: languages, weight, landmarks, brand, and links that nobody was given."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.support.cast import Built
from tests.support.fakes.access import TOKEN, FakeAccess
from tests.support.fakes.codes import FakeCodes, at_level_2, progress
from tests.support.fakes.sender import S
from tests.unit.portal.portal_client import Client, M, client_for, logo, settings_for
from zegel_portal.app import create_app

MAIL = b"From: Anna <anna@kliniek.example>\r\nSubject: Uitslag van het onderzoek\r\n\r\nHallo Jan\r\n"


@pytest.fixture
def jan() -> Client:
    return client_for(FakeAccess(raw=MAIL))


@pytest.mark.parametrize("token", ["x", TOKEN[:-1], TOKEN + "A", "é" * 43, "a" * 5000, "..", "%00", "<script>"])
def test_unknown_and_malformed_links_get_the_same_page(jan: Client, token: str) -> None:
    expected = jan.get("/m/unknown")
    answer = jan.get(f"/m/{token.encode().decode('latin1')}")
    assert answer.status == expected.status == 404
    assert answer.text == expected.text
    assert "We do not know this link" in answer.text


def test_the_reader_chooses_the_language_and_it_stays(jan: Client) -> None:
    jan.language = "nl-BE,en;q=0.5"
    assert "heeft u een beveiligd bericht gestuurd" in jan.get(M).text
    assert '<html lang="en">' in jan.get(f"{M}?lang=en").text
    assert '<html lang="en">' in jan.get(M).text
    assert '<html lang="en">' in jan.get(f"{M}?lang=xx").text


def test_a_browser_without_a_wish_gets_the_language_of_the_delivery(jan: Client) -> None:
    jan.language = "fr"
    assert '<html lang="nl">' in jan.get(M).text


def test_every_page_has_one_heading_landmarks_and_a_weight_under_40_kb(tmp_path: Path) -> None:
    access = FakeAccess(raw=MAIL)
    settings = settings_for(logo=logo(tmp_path), support="https://help.example", privacy="https://p.example")
    jan = client_for(access, settings)
    pages = [jan.get(path) for path in (M, f"{M}/enter", "/", "/m/no", "/no")]
    pages.append(jan.unlock("wrong"))
    jan.unlock()
    pages += [jan.get(M + path) for path in ("/message", "/zip", "/reply", "/conversation", "/you")]
    pages += [jan.get(S + path) for path in ("", "/number?d=11", "/recall", "/raise?d=13")]
    two = at_level_2()
    somebody = client_for(two, settings, codes=FakeCodes(two, now=progress("sent")))
    pages += [somebody.get(M + path) for path in ("", "/enter", "/not-mine", "/not-asked")]
    assets: dict[str, int] = {}
    for page in pages:
        assert len(re.findall("<h1[ >]", page.text)) == 1
        for landmark in ("<header", '<main id="main"', "<footer", '<html lang="en">', "<title>"):
            assert landmark in page.text
        assert len(re.findall('class="(?:button )?primary"', page.text)) <= 1
        assert "https://help.example" in page.text
        for path in re.findall(r'(?:src|href)="((?:/static/|/logo)[^"]+)"', page.text):
            answer = jan.get(path, HTTP_ACCEPT_ENCODING="br, gzip")
            assert answer.status == 200
            assert "immutable" in answer.header("Cache-Control")
            assets[path] = len(answer.body)
            packed = answer.header("Content-Encoding") == "gzip"
            assert (gzip.decompress(answer.body) if packed else answer.body) == jan.get(path).body
        assert len(page.body) + sum(assets.values()) < 40_000
        for outside in re.findall(r'(?:src|action)="([^"]+)"', page.text):
            assert outside.startswith("/"), outside
    assert len(assets) == 5


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("", False), ("br", False), ("gzip", True), ("gzip, deflate, br, zstd", True), ("br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=0", False), ("gzip;q=0.00, br", False), ("gzip;q=0.001", True), ("x-gzip-not", False),
    ],
)  # fmt: skip
def test_style_and_script_are_packed_for_who_unpacks(jan: Client, accepted: str, packed: bool) -> None:
    found = re.search(r'"(/static/portal.css[^"]+)"', jan.get(M).text)
    assert found
    answer = jan.get(found[1], HTTP_ACCEPT_ENCODING=accepted)
    assert (answer.header("Content-Encoding") == "gzip") == packed
    assert answer.header("Vary") == "Accept-Encoding"


def test_the_accent_is_the_organisations_and_lighter_in_the_dark() -> None:
    jan = client_for(FakeAccess(), settings_for(colour="#7a1f4d"))
    found = re.search(r'"(/static/brand.css[^"]+)"', jan.get(M).text)
    assert found
    sheet = jan.get(found[1]).text
    assert "--accent:#7a1f4d" in sheet
    assert "prefers-color-scheme:dark" in sheet


def test_health_robots_and_favicon(jan: Client) -> None:
    assert jan.get("/health").body == b"ok"
    assert "Disallow: /" in jan.get("/robots.txt").text
    assert jan.get("/favicon.ico").status == 204
    assert jan.get("/logo.png").status == 404


def test_the_real_core_behind_the_portal(built: Built) -> None:
    (delivery,) = built.seal("jan@post.example", raw=MAIL)
    core = built.core
    jan = Client(create_app(core), host="127.0.0.1:8080")
    link = f"/m/{built.link(delivery)}"
    assert "Anna de Boer" in jan.get(link).text
    assert jan.submit(link, f"{link}/password").status == 303
    assert jan.submit(f"{link}/enter", f"{link}/enter", password="abcd-efgh-jkmn").status == 422
    (password,) = built.passwords_sent()
    assert (
        jan.submit(f"{link}/enter", f"{link}/enter", password=password.upper()).header("Location") == f"{link}/message"
    )
    assert '<h1 dir="auto">uitslag</h1>' in jan.get(f"{link}/message").text
    assert jan.get(f"{link}/original.eml").body == MAIL
    outsider = Client(jan.app, host="127.0.0.1:8080")
    assert outsider.get(f"{link}/original.eml").status == 403
