"""Every text that people read, in every language: nothing missing, fuzzy, unused or with other placeholders."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from babel.core import Locale
from babel.messages.pofile import read_po

import zegel.notices
import zegel_console.pages
import zegel_portal.main
import zegel_web.assets
from zegel.i18n.catalogues import SOURCE, catalogue_problems, environment, translations
from zegel.i18n.languages import LANGUAGES

ROOT = Path(__file__).parents[3]
FOLDERS = {
    "portal": Path(zegel_portal.main.__file__).parent,
    "zegel/notices": Path(zegel.notices.__file__).parent,
    "console": zegel_console.pages.FOLDER,
    "web": zegel_web.assets.FOLDER,
}
TRANSLATED = [each for each in LANGUAGES if each != SOURCE]
GUIDE = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
SHOUTING = re.compile(r"\w\s?!")
JARGON = re.compile(r"authentif|authentic(?!ité)|credential|\btoken|session|sessie", re.IGNORECASE)
FAMILIAR = {
    "nl": re.compile(r"\b(je|jij|jouw|jullie)\b", re.IGNORECASE),
    "de": re.compile(r"\b(du|dich|dir|dein\w*|euch|euer)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(tu|toi|ton|tes)\b", re.IGNORECASE),
}
PLAIN_MAIL = re.compile(r"(?<![-\w])e?mails?\b(?! server)(?!box)", re.IGNORECASE)
"""The word without its hyphen: people read "e-mail"."""


def texts(folder: Path, language: str) -> list[str]:
    """What the catalogue says in `language`; of the source language what it is asked in."""
    with (folder / "locale" / f"{TRANSLATED[0] if language == SOURCE else language}.po").open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    said = [(entry.id if language == SOURCE else entry.string) or "" for entry in entries]
    return [form for each in said for form in ((each,) if isinstance(each, str) else each)]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("name", FOLDERS)
def test_every_text_is_translated_and_every_translation_used(name: str, language: str) -> None:
    problems = catalogue_problems(FOLDERS[name], language)
    assert not problems, f"{name}/locale/{language}.po:\n" + "\n".join(problems)


@pytest.mark.parametrize("name", FOLDERS)
def test_there_is_a_catalogue_for_each_language_and_no_other(name: str) -> None:
    assert {path.stem for path in (FOLDERS[name] / "locale").iterdir()} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_catalogue_counts_as_its_language_does(name: str, language: str) -> None:
    with (FOLDERS[name] / "locale" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file)
    rule, counted = Locale.parse(language).plural_form, translations(FOLDERS[name], language)
    forms = {rule(count) for count in (0, 1, 2, 3, 5, 11, 21, 100)}
    assert str(catalogue.locale) == language and catalogue.num_plurals == len(forms)
    one, many = "%(count)s file", "%(count)s files"
    if name == "portal":
        said = {count: counted.ngettext(one, many, count) for count in (0, 1, 2, 21)}
        assert {count for count in said if said[count] == said[1]} == {c for c in said if rule(c) == rule(1)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FOLDERS)
def test_no_text_shouts_uses_jargon_or_is_familiar(name: str, language: str) -> None:
    found = [
        text
        for text in texts(FOLDERS[name], language)
        if SHOUTING.search(text) or JARGON.search(text) or (language in FAMILIAR and FAMILIAR[language].search(text))
    ]
    assert not found, f"{name}/locale/{language}.po: {found}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FOLDERS)
def test_an_e_mail_is_called_one_thing(name: str, language: str) -> None:
    assert [text for text in texts(FOLDERS[name], language) if PLAIN_MAIL.search(text)] == []


def test_the_tall_signs_of_french_stay_with_their_word() -> None:
    loose = [
        text for folder in FOLDERS.values() for text in texts(folder, "fr") if re.search(r"(?<!\xa0)[;?]| :", text)
    ]
    assert loose == []


# Adding a language, as docs/languages.md says.


def test_the_guide_names_every_place_that_knows_the_languages() -> None:
    for place in ("portal/locale", "console/locale", "web/locale", "zegel/notices/locale", "zegel/i18n/languages.py",
                  "zegel/settings/sms.py", "zegel/policy/verdict.py", "zegel/policy/language/sections.py"):  # fmt: skip
        assert f"`{place}" in GUIDE and (ROOT / place).exists()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_catalogue_made_by_the_guide_is_whole(name: str, tmp_path: Path) -> None:
    """Step by step: the copy, the header that the guide shows, every text translated (here: into brackets)."""
    header = re.search(r"```po\n(.*?)```", GUIDE, re.DOTALL)
    assert header
    (tmp_path / "locale").mkdir()
    shutil.copytree(FOLDERS[name] / "templates", tmp_path / "templates")
    for path in FOLDERS[name].rglob("*.py"):
        shutil.copy(path, tmp_path)
    copied = (FOLDERS[name] / "locale" / "nl.po").read_text(encoding="utf-8")
    entries = copied.partition("\n\n")[2]
    made = re.sub(r'^(msgstr(?:\[\d\])? ")(?=[^"])', r"\1[it] ", entries, flags=re.MULTILINE)
    (tmp_path / "locale" / "it.po").write_text(f"{header[1]}\n{made}", encoding="utf-8")
    assert catalogue_problems(tmp_path, "it") == []
    made_of = environment(tmp_path, "it").get_template(min(each.name for each in (tmp_path / "templates").iterdir()))
    assert made_of.environment.globals["language"] == "it"
    text = re.search(r'^msgid "(.+)"$', entries, re.MULTILINE)
    assert text and translations(tmp_path, "it").gettext(text[1]).startswith("[it] ")


STILTED = {
    "nl": re.compile(r"heeft u nodig|als u geen zin wilt|niet voor hen is|wil niet meer dat|zoals uw browser vraagt"),
    "de": re.compile(r"Gerade ist viel los|Drücken Sie auf den Knopf"),
    "fr": re.compile(r"Avec lui, vous"),
}
"""What native readers stumbled over."""


@pytest.mark.parametrize("language", STILTED)
@pytest.mark.parametrize("name", FOLDERS)
def test_no_text_makes_a_reader_stumble(name: str, language: str) -> None:
    assert [text for text in texts(FOLDERS[name], language) if STILTED[language].search(text)] == []
