"""Whether the name of somebody outside could pass for one of the organisation's own.

A reply comes from an address of the organisation, with the name of who wrote in front of it; mail programs often show
nothing but that name. What somebody outside calls themselves is theirs to choose, so a name that reads as an address,
as a domain or the name of the organisation, or as a colleague's name is not repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from zegel.mail.domains import readable_domain

_LIKE_LATIN = {
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "є": "e", "г": "r", "һ": "h", "н": "h", "і": "i",
    "ї": "i", "ј": "j", "к": "k", "қ": "k", "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "ѕ": "s",
    "т": "t", "и": "u", "ѵ": "v", "ԝ": "w", "ш": "w", "х": "x", "у": "y", "ү": "y", "з": "z",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ρ": "p",
    "σ": "o", "ς": "s", "τ": "t", "υ": "u", "χ": "x", "γ": "y", "ω": "w", "ζ": "z",
    # Armenian, and Latin letters that are drawn like others
    "օ": "o", "ս": "u", "ո": "n", "ց": "g", "հ": "h", "յ": "j", "զ": "q", "ı": "i", "ȷ": "j", "ł": "l", "ø": "o",
    "đ": "d", "ħ": "h", "ŧ": "t", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ʋ": "u", "ƅ": "b", "æ": "ae", "œ": "oe", "þ": "p",
    "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɢ": "g", "ʜ": "h", "ɪ": "i", "ᴊ": "j", "ᴋ": "k",
    "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w",
    "ʏ": "y", "ᴢ": "z",
    # Digits and signs
    "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "|": "l", "!": "l", "$": "s", "€": "e",
    # Both ways of one stroke
    "i": "l",
}  # fmt: skip
"""Signs that pass for a letter, after case and accents are gone. It is used for both sides of a comparison."""
_SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
"""Scripts with letters that look like Latin ones. Nobody's name mixes them with Latin within itself."""
_WRITTEN_DOT = re.compile(r"[(\[{<]?\s*\b(?:dot|punt|punkt|point)\b\s*[)\]}>]?")
_WRITTEN_AT = re.compile(r"[(\[{<]\s*(?:at|apestaartje|apenstaartje|arobase)\s*[)\]}>]")
_ADDRESS_LIKE = re.compile(r"[\w-]{2,}\.(?:[\w-]{2,}\.)*[^\W\d_]{2,}\s*$|\bhttps?:|\bwww\.", re.IGNORECASE)
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TITLES = frozenset(
    ("dr", "drs", "prof", "mr", "mrs", "ms", "miss", "ir", "ing", "mw", "mevr", "mevrouw", "dhr", "heer", "herr",
     "frau", "dipl", "dipling", "med", "monsieur", "madame", "mme", "mlle", "m", "phd", "md", "msc", "bsc", "ba", "ma")
)  # fmt: skip
_PARTICLES = frozenset(["de", "het", "van", "der", "den", "la", "le", "du", "des", "von", "zu"])
_EMPTY = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
"""Letters and signs that are drawn as nothing."""
_SHORTEST = 5
"""Letters of a name that are looked for in the middle of another; fewer are in many names."""


def passes_for_ours(name: str, domains: Iterable[str], organisation: str, people: Iterable[tuple[str, str]]) -> bool:
    """Whether `name`, of somebody outside, reads as an address or as somebody or something of the organisation.

    `people` are the addresses and names of colleagues.

    >>> ours = (("kliniek.example",), "De Kliniek", [("anna.boer@kliniek.example", "Dr. Anna de Boer")])
    >>> [passes_for_ours(name, *ours) for name in ("Jan Jansen", "directeur@kliniek.example", "Boer, Anna")]
    [False, True, True]
    """
    folded = _folded(name)
    if "@" in folded or _WRITTEN_AT.search(folded) or _ADDRESS_LIKE.search(folded) or _mixes_scripts(name):
        return True
    plain, without_dots = _squeezed(folded), _squeezed(_WRITTEN_DOT.sub("", folded))
    ours = [_squeezed(_folded(form)) for domain in domains for form in _domain_forms(domain)]
    ours.append(_squeezed(_folded(organisation)))
    if any(len(each) >= _SHORTEST and (each in plain or each in without_dots) for each in ours):
        return True
    words = _words(folded)
    return any(_is_called(words, plain, each) for each in _callings(people))


def _callings(people: Iterable[tuple[str, str]]) -> Iterable[str]:
    for address, name in people:
        local = address.rpartition("@")[0]
        yield _folded(_BRACKETED.sub(" ", name)) or _folded(name)
        if re.search(r"[._-]", local):
            yield _folded(re.sub(r"[._-]", " ", local))


def _is_called(words: Collection[str], plain: str, colleague: str) -> bool:
    """Whether the words of a name, or its letters in one (`plain`), are those of a colleague, titles left out."""
    theirs = _words(colleague)
    if not theirs:
        return False
    if len(theirs) == 1:
        return set(words) == set(theirs)
    joined = (_squeezed(" ".join(theirs)), _squeezed(" ".join(_words(colleague, _TITLES))))
    return set(theirs) <= set(words) or any(len(each) >= _SHORTEST and each in plain for each in joined)


def _words(folded: str, without: Collection[str] = _TITLES | _PARTICLES) -> list[str]:
    """The words of a name as they look; titles and particles say nothing."""
    found = [word for word in re.split(r"[\W_]+", folded) if word and word not in without]
    return [_squeezed(word) for word in found]


def _folded(text: str) -> str:
    """Small letters without accents, widths, and what is not seen."""
    wide = unicodedata.normalize("NFKD", _EMPTY.sub(" ", unicodedata.normalize("NFKC", text)).casefold())
    seen = (sign for sign in wide if unicodedata.category(sign) not in ("Mn", "Me", "Cf", "Cc"))
    return " ".join("".join(seen).split())


def _squeezed(folded: str) -> str:
    """What a reader takes the letters for, in one word."""
    looks = "".join(_LIKE_LATIN.get(sign, sign) for sign in folded)
    return "".join(sign for sign in looks if sign.isalnum()).replace("rn", "m").replace("vv", "w")


def _mixes_scripts(name: str) -> bool:
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in name if sign.isalpha()}
    return "LATIN" in scripts and not scripts.isdisjoint(_SCRIPTS)


def _domain_forms(domain: str) -> set[str]:
    """A domain as it is stored and as people read it."""
    plain = domain.lstrip("*.")
    return {plain, readable_domain(plain)}
