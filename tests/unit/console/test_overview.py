"""The overview: its figures are those of what happened, and its pages stay small with a full month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT
from tests.unit.console.console_client import ADMINISTRATOR, SETTINGS, Office, office
from zegel.officers.overview import DAYS, Overview
from zegel.unlock.way import Opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, SETTINGS + "sms: {gateway: folder, folder: sms}\n") as made:
        yield made


def figures(house: Office) -> Overview:
    core = house.built.core
    return Overview(core.settings, core.vault, core.clock)


def unlock(house: Office, link: str) -> None:
    core = house.built.core
    delivery = core.access.delivery(link)
    assert delivery
    core.passwords.ask(delivery, "", "nl")
    house.built.clock.pass_(61)
    assert isinstance(core.passwords.enter(link, house.built.passwords_sent()[-1], None), Opened)


def test_the_month_counts_what_happened(house: Office) -> None:
    built = house.built
    soon, late = built.seal(RECIPIENT, OTHER)
    unlock(house, built.link(soon))
    unlock(house, built.link(soon))
    built.clock.pass_(86_400 + 7200)
    unlock(house, built.link(late))
    built.seal(RECIPIENT, level=2)
    month = figures(house).month()
    assert (month.of("sealed", "1"), month.of("sealed", "2"), month.of("recipients")) == (1, 1, 3)
    assert [month.of("opened", label) for label in ("hour", "day", "later")] == [1, 0, 1]
    assert month.unopened == 1
    assert [(line.rule, line.messages) for line in month.rules] == [("bsn", 2)]
    assert figures(house).standing().held == 1
    built.clock.pass_(DAYS * 86_400)
    assert figures(house).month().of("sealed") == 0


def test_the_page_shows_the_figures_twice_as_a_drawing_and_as_a_table(house: Office) -> None:
    for _ in range(DAYS):
        for _ in range(3):
            house.built.seal(RECIPIENT)
        house.built.seal(OTHER, level=2)
        house.built.clock.pass_(86_400)
    for address in (None, ADMINISTRATOR):
        browser = house.signed_in(address) if address else house.signed_in()
        page = browser.get("/")
        assert page.status == 200 and len(page.body) < 60_000
        assert page.text.count('<rect class="k0" x=') >= DAYS - 1
        assert len(re.findall(r"<tr><th scope=\"row\">[^<]+</th><td>3</td><td>1</td>", page.text)) >= DAYS - 1
        assert "post.example" not in page.text
        assert "The milter does not run" in page.text


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_every_page_speaks_every_language(tmp_path: Path, language: str) -> None:
    with office(tmp_path, SETTINGS):
        languages = "organisation: {name: De Kliniek, languages: [nl, en, de, fr]}\n"
        settings = (tmp_path / "zegel.yaml").read_text().replace("organisation: {name: De Kliniek}\n", languages)
        (tmp_path / "zegel.yaml").write_text(settings)
    with office(tmp_path) as house:
        [one] = house.built.seal(RECIPIENT)
        for browser, paths in (
            (house.signed_in(), ("/", "/messages", f"/messages/{one.message_id}", "/passkeys", "/confirm", "/no")),
            (house.signed_in(ADMINISTRATOR), ("/outbox", "/messages")),
            (house.browser(), ("/sign-in", "/enter")),
        ):
            browser.language = language
            for path in paths:
                assert f'<html lang="{language}">' in browser.get(path).text, path


def test_the_pictures_in_the_documentation_are_all_shown() -> None:
    docs = Path(__file__).parents[3] / "docs"
    text = (docs / "console.md").read_text(encoding="utf-8")
    there = {path.name for path in (docs / "pictures" / "console").iterdir()}
    assert there == set(re.findall(r"\(pictures/console/([\w.-]+)\)", text))
