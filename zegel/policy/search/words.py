"""Word lists: what a person writes in them, and the one pattern that finds all their words.

A list is words and phrases, each found as a whole word, whatever its case and accents. A `*` at the end of a word
makes it a stem: `diabet*` finds diabetes and diabetisch; one at its begin an ending: `*fractuur` finds heupfractuur.
Two words of one list that stem from the same entry count as one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from zegel.message.text.normalise import normalise

SHIPPED = Path(__file__).with_name("lists")
MAX_FILE = 5_000_000
"""Largest list file in bytes."""


_LIKE_A_PATTERN = re.compile(
    r"\.[*+]|\\[bBdDwWsS]|\(\?|\[[^\]]*-[^\]]*\]|[^|]\|[^|]"
    r"|^\^\w|[a-z]{3}\$$|\[\w+\]\w|\w\[\w+\]|\w\{\d+(?:,\d*)?\}|^/\w.*\w/$"
)
"""What belongs in a pattern and never stands in a word. A word of its own in brackets may: [confidential]."""


class WordError(ValueError):
    """An entry that cannot be found; the message says what is wrong and what to do."""


def fold(text: str) -> str:
    """`text` as it is compared: no accents, no capitals, one blank between words.

    >>> fold("  Patiënten\\n dossier ")
    'patienten dossier'
    """
    return " ".join(normalise(text).lower().split())


_QUOTED = re.compile('^[\u201c\u201d\u201e\u201f\u00ab\u00bb"]|[\u201c\u201d\u201e\u201f\u00ab\u00bb"]$')
"""Quotes that stayed in a word: the curly ones of a word processor are none for YAML."""


def entry(written: str) -> str:
    """An entry of a word list, folded. Raises WordError.

    >>> entry("Diabet*"), entry("*Fractuur")
    ('diabet*', '*fractuur')
    """
    folded = fold(written)
    if not re.search(r"\w", folded):
        raise WordError(f"'{written}' holds no letter or digit; write a word")
    if marks := _QUOTED.search(written.strip()):
        raise WordError(f"'{written}': {marks[0]} becomes part of the word; take it away, or write straight quotes")
    if like := _LIKE_A_PATTERN.search(written):
        raise WordError(f"'{written}' fits nothing, because {like[0]} is not in a word; write loon* for any ending, "
                        "or use 'pattern:'")  # fmt: skip
    for word in folded.split():
        if "*" in word[1:-1]:
            message = "a * may only stand at the begin or the end of a word; move it, or use 'pattern:'"
            raise WordError(f"'{written}': {message}")
        few, where = ("four", "behind") if word.startswith("*") else ("three", "before")
        if "*" in word and len(word.strip("*")) < (4 if word.startswith("*") else 3):
            raise WordError(f"'{written}': this stem fits on too much; write {few} letters or more {where} the *")
    return folded


@dataclass(frozen=True)
class WordList:
    """Words that are searched together."""

    name: str
    """As a rule names it; "" for words that stand in the rule itself."""
    entries: tuple[str, ...]
    """Folded, each once."""

    @cached_property
    def source(self) -> str:
        """The RE2 pattern that finds any of them; longer entries win over shorter ones at the same place.

        Entries that begin alike stand side by side behind one begin of a word, so that RE2 makes a tree of them: with a
        begin for each, two thousand words fill its memory, and a text takes a hundred times as long (measured).
        """
        groups: dict[str, list[str]] = {}
        for one in sorted(self.entries, key=lambda e: (e.strip("*"), e), reverse=True):
            begin, rest = _source(one)
            groups.setdefault(begin, []).append(rest)
        both = "|".join(f"{begin}(?:{'|'.join(rest)})" for begin, rest in groups.items())
        return f"(?i)(?:{both})"

    @cached_property
    def _stems(self) -> tuple[tuple[str, str], ...]:
        """The entries with a `*`, longest first, each behind the longest of its pieces: whatever has not that piece
        need not be compared. Compiling hundreds of stems would take most of the time in which rules are tried."""
        with_stem = sorted((e for e in self.entries if "*" in e), key=len, reverse=True)
        return tuple((max(e.split("*"), key=len), e) for e in with_stem)

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(self.entries)

    def entry_of(self, found: str) -> str:
        """The entry that `found`, a piece of a text, stems from.

        >>> WordList("", ("diabet*", "ms")).entry_of("Diabetes")
        'diabet*'
        """
        for folded in (fold(found.strip("_")), re.sub(r"^\W+|\W+$", "", fold(found))):
            if folded in self._whole:
                return folded
            for piece, one in self._stems:
                if piece in folded and re.fullmatch(re.escape(one).replace(r"\*", r"\w*"), folded):
                    return one
        return fold(found)


def _source(folded: str, *, stems: bool = True) -> tuple[str, str]:
    """The pattern for one entry, what stands before it apart: whole words, any blanks between them.

    `_` parts words too: think of file names.
    """
    words, more = [], r"\w*" if folded.isascii() else r"[\pL\pN_]*"
    for word in folded.split():
        stem = word.strip("*") if stems else word
        words.append(re.escape(stem) + (more if stems and word.endswith("*") else ""))
    before = _edge(folded[0], "^") if re.match(r"\w", folded) else ""  # none for an ending
    after = _edge(folded[-1], "$") if re.search(r"\w$", folded) else ""
    return before, r"\s+".join(words) + after


def _edge(letter: str, end: str) -> str:
    """The pattern for the begin or end of a word; RE2's own \\b knows ASCII letters only."""
    return r"(?:\b|_)" if letter.isascii() else rf"(?:{end}|[^\pL\pN])"


def literal(text: str) -> str:
    """The RE2 pattern for exactly this text, whatever its case, and not inside a word.

    >>> literal("[Zeer veilig]")
    '(?i)\\\\[zeer\\\\s+veilig\\\\]'
    """
    return f"(?i){''.join(_source(fold(text), stems=False))}"


def read_lines(text: str) -> Iterator[tuple[int, str]]:
    """The entries of a list file with their line numbers: one a line, `#` starts a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split("#", 1)[0].strip()
        if written:
            yield number, written


def shipped_names() -> tuple[str, ...]:
    """The lists that come with Zegel, such as `medical.nl`."""
    return tuple(sorted(path.name.removesuffix(".txt") for path in SHIPPED.glob("*.txt")))


def unique(entries: Iterable[str]) -> tuple[str, ...]:
    """Each entry once, in order."""
    return tuple(dict.fromkeys(entries))
