"""One word for one thing, in short sentences: every catalogue is held against the glossary in docs/languages.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import zegel.notices
import zegel_console.pages
import zegel_portal.main
import zegel_web.assets
from zegel.i18n.languages import LANGUAGES
from zegel.settings.sms import CodeText, SpokenText

ROOT = Path(__file__).parents[3]
FOLDERS = (
    Path(zegel_portal.main.__file__).parent,
    Path(zegel.notices.__file__).parent,
    zegel_console.pages.FOLDER,
    zegel_web.assets.FOLDER,
)
GUIDE = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
WORD = re.compile(r"[\w’'-]+")
LONGEST_SENTENCE, LONGEST_AVERAGE, LONGEST_WORD, MOST_LIX = 20, 9, 16, 35
LONG_WORDS = {"wachtwoordbeheerder", "powerpoint-presentatie", "powerpoint-präsentation"}
"""Words of more than sixteen letters that people know all the same."""


@dataclass(frozen=True)
class Term:
    """A row of the glossary."""

    english: str
    said: dict[str, tuple[str, ...]]
    forbidden: dict[str, tuple[str, ...]]


def glossary() -> list[Term]:
    """The table of docs/languages.md."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines() if line[:1] == "|"]
    start = rows.index(["English", "nl", "de", "fr", "not"]) + 2
    terms = []
    for row in rows[start:]:
        if len(row) != 5:
            break
        english, nl, de, fr, forbidden = row
        said = {"nl": nl, "de": de, "fr": fr}
        ruled_out = dict(each.split(":", 1) for each in forbidden.split(";"))
        terms.append(
            Term(
                english,
                {language: tuple(each.strip() for each in cell.split(" / ")) for language, cell in said.items()},
                {language.strip(): tuple(e.strip() for e in words.split(",")) for language, words in ruled_out.items()},
            )
        )
    return terms


def pairs(language: str) -> list[tuple[str, str]]:
    """Each English text with what it is in `language`; what an SMS and a call say too."""
    found = [(text.en, text.in_(language)) for text in (CodeText(), SpokenText())]
    for folder in FOLDERS:
        with (folder / "locale" / f"{'nl' if language == 'en' else language}.po").open("rb") as file:
            entries = [entry for entry in read_po(file) if entry.id]
        for entry in entries:
            english = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
            said = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
            found += zip(english, english if language == "en" else said, strict=False)
    return found


def holds(text: str, word: str) -> bool:
    """Whether a word of `text` begins with `word` or has it in it, whatever the case."""
    return word.casefold() in text.replace("\xa0", " ").casefold()


def spoken(text: str) -> str:
    """`text` as it is read: without tags, its places filled in."""
    return re.sub(r"%\(\w+\)[sd]", "X", re.sub(r"<[^>]+>", "", text))


TERMS = glossary()


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.english)
def test_each_thing_has_one_name(term: Term, language: str) -> None:
    pattern = re.compile(rf"(?<![-\w]){re.escape(term.english)}(?:s|es)?(?![-\w])", re.IGNORECASE)
    wrong = [
        (english, said)
        for english, said in pairs(language)
        if term.said[language] != ("-",)
        and pattern.search(spoken(english))
        and not any(holds(said, word) for word in term.said[language])
    ]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_name_is_used(language: str) -> None:
    words = [word for term in TERMS for word in term.forbidden.get(language, ())]
    assert words
    patterns = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words)
    pattern = re.compile(rf"(?<![-\w])(?:{'|'.join(patterns)})(?![-\w])", re.IGNORECASE)
    assert [said for _, said in pairs(language) if pattern.search(spoken(said))] == []


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_sms_is_named_only_where_the_english_text_names_it(language: str) -> None:
    """A code may be said in a call too."""
    assert [said for english, said in pairs(language) if holds(said, "sms") and not holds(english, "sms")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_begins_with_a_capital_and_ends_as_the_english_one(language: str) -> None:
    wrong = [
        said
        for english, said in pairs(language)
        if re.search(r"[.?]\s+[a-zà-ÿ]", said)
        or (english[:1].isupper() and said[:1].islower())
        or (english[-1:] in ".?" and said[-1:] != english[-1:])
    ]
    assert wrong == []


COMFORT = {
    "nl": r"niemand anders|alleen u kunt|helemaal veilig|volkomen|100|is veilig\b",
    "en": r"nobody else (?:can|reads|knows)|only you can|completely|is safe\b|without it nobody",
    "de": r"niemand (?:sonst|anders)|nur Sie können|völlig|ist sicher\.",
    "fr": r"personne d’autre|seul vous pouvez|totalement|est en sécurité",
}
"""What comforts and cannot be proved: mailboxes are shared, links are forwarded, machines are read by their owners."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_promised_that_cannot_be_proved(language: str) -> None:
    pattern = re.compile(COMFORT[language], re.IGNORECASE)
    assert [said for _, said in pairs(language) if pattern.search(said)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_and_words_are_short(language: str) -> None:
    sentences = [
        WORD.findall(sentence)
        for _, said in pairs(language)
        for sentence in re.split(r"(?<=[.?:])\s+", spoken(said))
        if sentence.endswith((".", "?")) and WORD.search(sentence)
    ]
    words = [word for sentence in sentences for word in sentence]
    average = len(words) / len(sentences)
    lix = average + 100 * sum(len(word) > 6 for word in words) / len(words)
    assert [" ".join(each) for each in sentences if len(each) > LONGEST_SENTENCE] == []
    assert {word for word in words if len(word) > LONGEST_WORD} <= LONG_WORDS | {w.capitalize() for w in LONG_WORDS}
    assert average <= LONGEST_AVERAGE and lix <= MOST_LIX
    told = re.search(rf"Measured: .*?\b{language} (\d+)", GUIDE)
    assert told and abs(int(told[1]) - lix) < 2, f"docs/languages.md is to say: {language} {round(lix)}"
