"""Which language a mail is written in, as far as its commonest words tell. Pure; a hint, and never more.

A language counts only when several of its own words occur and hardly any of another's: a wrong guess is worse than
none. What is written in another script is known by its letters.
"""

from __future__ import annotations

import re
from collections import Counter

_FIRST, _LONGEST = 2_000, 20_000
"""Characters that are looked at: the beginning says it, which the sender wrote; what they quote stands behind it. Only
where it does not tell is more of the text asked."""
_LEAST, _LEAST_SHARE, _LEAD = 3, 0.04, 2
"""Common words that have to occur, their share of all words, and how many times those of the next language."""
_WORD = re.compile(r"[^\W\d_]+")
_APART = "".join(character.lower() if character.isalpha() else " " for character in map(chr, range(128)))
"""What becomes of each character of ASCII, so that words stand apart as `_WORD` has them: in a quarter of the time."""

_COMMON = {
    "nl": "het een niet dat van voor met zijn ook naar heeft wordt deze maar beste geachte groet graag bijlage uw wij "
    "je bij vriendelijke kunt heb nog hierbij morgen",
    "en": "the and you your with this have are please dear that will from attached regards of we would our been "
    "kind can",
    "de": "und das nicht mit ist sie ein eine ich wir auf sehr geehrte geehrter ihre ihren zu bitte freundlichen "
    "werden haben dem den grüße gruße anbei für fur",
    "fr": "le les vous nous est une pour dans avec votre bonjour merci cordialement ci joint sur madame monsieur et du "
    "suis cette",
}
"""Words that one of these has and the others, and their neighbours, hardly do; with and without accents."""
_WORDS = {word: language for language, words in _COMMON.items() for word in words.split()}
_SCRIPTS = (
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)


def language_of(text: str) -> str:
    """The language (ISO 639-1) of a text; "" when its words do not tell.

    >>> language_of("Beste Jan, hierbij de uitslag van het onderzoek. Met vriendelijke groet")
    'nl'
    >>> language_of("Estimado Jan, le envío los resultados de la prueba. Un saludo")
    ''
    """
    return _told_by(text[:_FIRST]) or (_told_by(text[:_LONGEST]) if len(text) > _FIRST else "")


def _told_by(text: str) -> str:
    if text.isascii():
        words = text.translate(_APART).split()
    else:
        words = _WORD.findall(text.casefold())
        letters = sum(map(len, words))
        for language, script in _SCRIPTS:
            if 2 * len(script.findall(text)) > letters > 0:
                return language
    hits = Counter([_WORDS[word] for word in words if word in _WORDS])
    if not hits:
        return ""
    (language, most), (_, next_most) = (*hits.most_common(2), ("", 0))[:2]
    enough = most >= _LEAST and most >= _LEAST_SHARE * len(words) and most >= _LEAD * next_most
    return language if enough else ""
