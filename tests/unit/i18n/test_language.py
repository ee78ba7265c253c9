"""Catalogues are read as written, templates are strict, and the reader's language is found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest

from zegel.i18n.catalogues import catalogue_problems, choose, environment, translations
from zegel.i18n.moments import format_moment

HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "locale").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '<p>{% trans %}Good\n   day{% endtrans %}, {{ _("Dear %(name)s", name=name) }}'
        "{% trans count=n %}{{ count }} file{% pluralize %}{{ count }} files{% endtrans %}</p>\n"
    )
    (tmp_path / "templates" / "mail.txt").write_text('{{ _("Dear %(name)s", name=name) }}\n')
    (tmp_path / "locale" / "nl.po").write_text(
        HEADER + '\nmsgid "Good day"\nmsgstr "Goedendag"\n'
        '\nmsgid "Dear %(name)s"\nmsgstr "Beste %(name)s"\n'
        '\nmsgid "%(count)s file"\nmsgid_plural "%(count)s files"\n'
        'msgstr[0] "%(count)s bestand"\nmsgstr[1] "%(count)s bestanden"\n'
    )
    return tmp_path


def add(folder: Path, entry: str) -> None:
    with (folder / "locale" / "nl.po").open("a") as file:
        file.write("\n" + entry)


def test_a_template_speaks_dutch_from_the_catalogue_without_compiling(folder: Path) -> None:
    page = environment(folder, "nl").get_template("page.html").render(name="Kim", n=2)
    assert page == "<p>Goedendag, Beste Kim2 bestanden</p>\n"


def test_english_needs_no_catalogue(folder: Path) -> None:
    page = environment(folder, "en").get_template("page.html").render(name="Kim", n=1)
    assert page == "<p>Good day, Dear Kim1 file</p>\n"


def test_html_escapes_what_is_put_in_and_text_does_not(folder: Path) -> None:
    made = environment(folder, "nl")
    assert "Beste &lt;b&gt;" in made.get_template("page.html").render(name="<b>", n=1)
    assert made.get_template("mail.txt").render(name="<b> & co") == "Beste <b> & co\n"


def test_percent_signs_in_names_do_no_harm(folder: Path) -> None:
    assert environment(folder, "nl").get_template("mail.txt").render(name="100%(x)s") == "Beste 100%(x)s\n"


def test_a_name_that_nobody_gave_is_an_error(folder: Path) -> None:
    with pytest.raises(jinja2.UndefinedError):
        environment(folder, "nl").get_template("mail.txt").render()


def test_environments_and_catalogues_are_made_once(folder: Path) -> None:
    assert environment(folder, "nl") is environment(folder, "nl")
    assert translations(folder, "nl") is translations(folder, "nl")


def test_a_language_without_catalogue_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        translations(folder, "de")


def test_a_fuzzy_translation_is_not_shown(folder: Path) -> None:
    add(folder, '#, fuzzy\nmsgid "Bye"\nmsgstr "Doei"\n')
    assert translations(folder, "nl").gettext("Bye") == "Bye"


def test_a_whole_catalogue_has_no_problems(folder: Path) -> None:
    assert catalogue_problems(folder, "nl") == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('msgid "Never said"\nmsgstr "Nooit gezegd"\n', "unused: 'Never said'"),
        ('#, fuzzy\nmsgid "Bye"\nmsgstr "Doei"\n', "fuzzy: 'Bye'"),
        ('msgid "Bye"\nmsgstr ""\n', "empty: 'Bye'"),
        ('msgid "By %(who)s"\nmsgstr "Van %(wie)s"\n', "other placeholders: 'By %(who)s'"),
    ],
)
def test_each_catalogue_problem_is_named(folder: Path, entry: str, problem: str) -> None:
    add(folder, entry)
    assert problem in catalogue_problems(folder, "nl")


def test_a_text_in_python_or_template_without_translation_is_missing(folder: Path) -> None:
    (folder / "subject.py").write_text('subject = _("A new thing")\n')
    (folder / "templates" / "more.txt").write_text("{% trans %}And\n  more{% endtrans %}")
    assert catalogue_problems(folder, "nl") == ["missing: 'A new thing'", "missing: 'And more'"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl", "nl"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("de-DE,de;q=0.9,nl;q=0.5,en;q=0.3", "nl"),
        ("en;q=0.2, NL-be ; q=0.9", "nl"),
        ("fr", "nl"),
        ("*", "nl"),
        ("nl;q=0, *", "en"),
        ("nl;q=0, en;q=0.1", "en"),
        ("en;q=bogus", "nl"),
        ("", "nl"),
        (";;;,,,=q", "nl"),
        ("en;q=0.5," * 10_000, "en"),
    ],
)
def test_the_browsers_wish_is_met_where_possible(header: str, language: str) -> None:
    assert choose(header, ("nl", "en"), "nl") == language


def test_a_moment_is_in_the_words_and_the_zone_of_the_reader() -> None:
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert format_moment(noon, "nl", "Europe/Amsterdam") == "1 juli 2026 om 14.00\xa0uur"
    assert format_moment(noon.timestamp(), "en", "Europe/Amsterdam") == "1 July 2026 at 14:00"
    assert format_moment(noon.replace(tzinfo=None), "en", "UTC") == "1 July 2026 at 12:00"


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(LookupError):
        format_moment(0, "nl", "Europe/Atlantis")
