"""Languages: catalogues, templates, the reader's choice, and sizes in the reader's words.

A folder that speaks to people has `templates/` and `locale/<language>.po`. The source strings are English, so
English needs no catalogue; a language more is one .po file more. Catalogues are read as they are, without a
compile step, so that what a translator sees is what is used.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import jinja2
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from zegel.i18n.moments import locale_of

SOURCE = "en"
"""The language that the source strings are written in."""

_BYTES = {"de": ("Byte", "kB", "MB", "GB"), "fr": ("octets", "ko", "Mo", "Go")}
"""What amounts of bytes are called where it is not as in English."""


@lru_cache(maxsize=64)
def translations(folder: Path, language: str) -> gettext.NullTranslations:
    """The catalogue folder/locale/<language>.po; what it lacks, and all of English, comes out as it went in.

    Raises FileNotFoundError when there is no such catalogue, babel's PoFileError when it is broken.
    """
    return _read(folder, language)


def _read(folder: Path, language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(folder, language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=64)
def environment(folder: Path, language: str, shared: Path | None = None) -> jinja2.Environment:
    """Templates of `folder` in `language`: .html escapes by itself, .txt does not, unknown names are errors.

    `shared` is a folder of templates for several sites, with a catalogue of its own.

    `{% trans %}` blocks are trimmed, so that a sentence may be folded in the template.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([each / "templates" for each in (folder, shared) if each]),
        autoescape=jinja2.select_autoescape(["html"], default=False, default_for_string=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(_both(folder, shared, language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["language"] = language
    made.filters["breakable"] = breakable
    return made


def _both(folder: Path, shared: Path | None, language: str) -> gettext.NullTranslations:
    """The catalogue of `folder`, and behind it that of `shared`. The cached one stays without: it is others' too."""
    if shared is None:
        return translations(folder, language)
    both = _read(folder, language)
    both.add_fallback(translations(shared, language))
    return both


def breakable(address: str) -> Markup:
    """An e-mail address in HTML that a narrow screen breaks behind its "@".

    >>> breakable("jan&co@post.example")
    Markup('jan&amp;co@<wbr>post.example')
    """
    return Markup("@<wbr>").join(escape(part) for part in address.split("@"))


def choose(accept_language: str, offered: Iterable[str], default: str) -> str:
    """The offered language that an Accept-Language header (RFC 9110, 12.5.4) prefers, else `default`.

    >>> choose("de, nl-BE;q=0.8, en;q=0.5", ["en", "nl"], "en")
    'nl'
    """
    known = tuple(offered)
    wanted: list[tuple[float, str]] = []
    for item in accept_language[:1000].split(","):
        tag, _, weight = item.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", weight) if weight.strip() else None
        if weight.strip() and quality is None:
            continue
        wanted.append((float(quality[1]) if quality else 1.0, tag.strip().lower().split("-")[0]))
    refused = {tag for value, tag in wanted if value == 0}
    for value, tag in sorted(wanted, key=lambda pair: -pair[0]):
        if value > 0 and tag in known:
            return tag
        if value > 0 and tag == "*":
            return next((each for each in (default, *known) if each not in refused), default)
    return default


def own_name(language: str) -> str:
    """What a language calls itself, as it stands in a list of languages.

    >>> [own_name(each) for each in ("nl", "en", "de", "fr")]
    ['Nederlands', 'English', 'Deutsch', 'Français']
    """
    name = Locale.parse(language).get_language_name(language) or language
    return name[:1].upper() + name[1:]


def format_size(count: int, language: str) -> str:
    """A number of bytes as people read it, in powers of 1000, without a line break before the unit.

    >>> format_size(1_260_000, "nl"), format_size(48_200, "en"), format_size(532, "en"), format_size(1, "fr")
    ('1,3\\xa0MB', '48\\xa0kB', '532\\xa0bytes', '1\\xa0octet')
    """
    bytes_, *larger = _BYTES.get(language, ("bytes", "kB", "MB", "GB"))
    amount, unit = float(count), bytes_ if count != 1 else bytes_.removesuffix("s")
    for name in larger:
        if amount < 999.5:
            break
        amount, unit = amount / 1000, name
    pattern = "0.#" if unit in larger[1:] and amount < 99.95 else "0"
    return f"{format_decimal(amount, pattern, locale=locale_of(language))}\xa0{unit}"


def catalogue_problems(folder: Path, language: str) -> list[str]:
    """What is wrong between the texts in `folder` and its catalogue: a line per problem, [] when all is well.

    The texts are what templates (`{% trans %}`, `_()`) and Python files (`_()`, `gettext()`) hold. A text is
    missing, empty or fuzzy; a catalogue entry is unused; or a translation has other placeholders.
    """
    used: set[str | tuple[str, ...]] = {
        message
        for _, _, message, _, _ in extract_from_dir(
            folder,
            method_map=[("**.py", "python"), ("templates/**", "jinja2.ext:babel_extract")],
            options_map={"templates/**": {"trimmed": "true", "silent": "false"}},
        )
    }
    catalogue = _catalogue(folder, language)
    entries: dict[str | tuple[str, ...], Message] = {
        tuple(entry.id) if isinstance(entry.id, (list, tuple)) else entry.id: entry for entry in catalogue if entry.id
    }
    problems = [f"missing: {text!r}" for text in used - entries.keys()]
    problems += [f"unused: {text!r}" for text in entries.keys() - used]
    for text, entry in entries.items():
        translated = entry.string if isinstance(entry.string, (list, tuple)) else (entry.string,)
        if not all(translated):
            problems.append(f"empty: {text!r}")
        elif entry.fuzzy:
            problems.append(f"fuzzy: {text!r}")
        elif _placeholders(*filter(None, translated)) != _placeholders(text):
            problems.append(f"other placeholders: {text!r}")
    return sorted(problems)


def _catalogue(folder: Path, language: str) -> Catalog:
    with (folder / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _placeholders(*texts: str | tuple[str, ...]) -> set[str]:
    """The %(name)s in the forms of a text; a single % that is not one counts, for it breaks formatting."""
    flat = [form for text in texts for form in ((text,) if isinstance(text, str) else text)]
    return {found for form in flat for found in re.findall(r"%(?:\(\w+\)[sd]|%|.?)", form)}
