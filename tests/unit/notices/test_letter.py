"""A letter in its templates: filled in, folded, and nothing of one in another."""

from __future__ import annotations

import random
import textwrap
from dataclasses import fields
from typing import Any

import pytest

from tests.unit.notices.notice_cast import BRAND
from zegel.i18n.catalogues import environment
from zegel.notices import letter as letters
from zegel.notices.brand import logo_of
from zegel.notices.letter import FOLDER, Letter, letter_card, letter_page, letter_text
from zegel.theme.palette import look

WORDS = (
    "<b>&amp;\"'",
    "\ue0000\ue001",
    "{{ letter.link }}",
    "%(organisation)s",
    "a\nb",
    "שלום",
    "100 %",
    "w" * 90,
    "-",
    "1.",
)


def some(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))


def any_letter(chance: random.Random) -> Letter:
    """A letter with anything in it, or nothing, in each place."""

    def perhaps() -> str:
        return chance.choice(("", some(chance)))

    return Letter(
        heading=some(chance),
        lead=perhaps(),
        facts=tuple((some(chance), some(chance), perhaps()) for _ in range(chance.randint(0, 2))),
        files=tuple((some(chance), some(chance)) for _ in range(chance.randint(0, 2))),
        below_files=perhaps(),
        secret=perhaps(),
        phrase=perhaps(),
        button=perhaps(),
        button_colour=perhaps(),
        link=perhaps(),
        below_button=perhaps(),
        steps_title=perhaps(),
        steps=tuple(some(chance) for _ in range(chance.randint(0, 2))),
        after_steps=perhaps(),
        other=chance.choice((None, (some(chance), some(chance), some(chance)))),
        notes=tuple(chance.choice(((some(chance), some(chance)), (some(chance),) * 3)) for _ in range(2)),
    )


def with_other_words(letter: Letter, chance: random.Random) -> Letter:
    """A letter of the same outline that says something else everywhere."""

    def other(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(other, value))
        return some(chance) if value else value

    return Letter(*(other(getattr(letter, each.name)) for each in fields(Letter)))


def rendered_whole(template: str, letter: Letter, language: str) -> str:
    values: dict[str, Any] = {"brand": BRAND, "letter": letter, "logo": logo_of(BRAND), "look": look(BRAND.colour)}
    return environment(FOLDER, language).get_template(template).render(values)


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_an_outline_that_is_filled_in_is_what_the_template_gives(language: str) -> None:
    chance = random.Random(language)
    for _ in range(15):
        letter = any_letter(chance)
        for each in (letter, with_other_words(letter, chance), letter):
            assert letter_page(BRAND, each, language) == rendered_whole("page.html", each, language)
            assert letter_card(BRAND, each, language) == rendered_whole("card.html", each, language)
            assert letters._render("letter.txt", BRAND, each, language) == rendered_whole("letter.txt", each, language)


def test_an_outline_says_nothing_and_serves_all_letters_of_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    outlines: list[Letter] = []
    made = letters._outline

    def noted(template: str, brand: Any, outline: Letter, language: str) -> Any:
        outlines.append(outline)
        return made(template, brand, outline, language)

    monkeypatch.setattr(letters, "_outline", noted)
    chance = random.Random(1)
    letter = any_letter(chance)
    for each in (letter, with_other_words(letter, chance)):
        letter_text(BRAND, each, "nl")
        letter_page(BRAND, each, "nl")
    assert len(set(outlines)) == 1
    for value in vars_of(outlines[0]):
        assert letters._PLACE.fullmatch(value), value


def vars_of(value: Any) -> list[str]:
    """Every text that is not empty in a letter."""
    if isinstance(value, Letter):
        value = tuple(getattr(value, each.name) for each in fields(Letter))
    if isinstance(value, tuple):
        return [text for each in value for text in vars_of(each)]
    return [value] if value else []


def test_text_is_folded_as_textwrap_folds_it() -> None:
    chance = random.Random(2)
    words = (
        "a",
        "bb",
        "http://x.example/" + "y" * 80,
        "-",
        "1.",
        "é" * 7,
        "\xa0",
        "\u2028",
        "semi-detached",
        "",
        "\x1f",
    )
    for _ in range(5_000):
        line = chance.choice(("", "- ", "12. ", "  ")) + " ".join(chance.choices(words, k=chance.randint(0, 30)))
        if len(line) <= letters.TEXT_WIDTH:
            assert letters._folded(line) == line.rstrip()
        else:
            indent = {"- ": 2, "12. ": 4}.get(line[: line.find(" ") + 1], 3 if line.startswith("1. ") else 0)
            assert letters._folded(line) == textwrap.fill(
                line, 72, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
            )
