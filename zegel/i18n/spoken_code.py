"""What a call to a landline says: the organisation's sentences, and each digit of the code as a word of its own."""

from __future__ import annotations

from zegel.i18n.sms_text import PLACE

LOCALES = {"nl": "nl-NL", "en": "en-GB", "de": "de-DE", "fr": "fr-FR"}
"""What services that speak know a language by."""
_WORDS = {
    "nl": ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
}
_LONGEST = 500
_STRUCTURE = frozenset('<>&"\\{}')


def spoken_text(sentence: str, code: str, language: str) -> str:
    """The sentence with the code in it. Words, each a sentence: numerals would be read as one number, or as ordinals.

    >>> spoken_text("De code is: {code} Nog een keer: {code}", "120", "nl")
    'De code is: een. twee. nul. Nog een keer: een. twee. nul.'
    """
    words = _WORDS.get(language, _WORDS["en"])
    return sentence.replace(PLACE, " ".join(f"{words[int(digit)]}." for digit in code))


def spoken_problem(sentence: str) -> str | None:
    """What is wrong with a sentence, or None: the code in it twice, short, and nothing that is markup for speech."""
    if sentence.count(PLACE) < 2:
        return "the text has to hold {code} twice, so that it can be written down"
    if len(sentence) > _LONGEST:
        return f"the text has {len(sentence)} signs; a call has room for {_LONGEST}"
    if found := _STRUCTURE.intersection(sentence.replace(PLACE, "")):
        return f"the text holds {' '.join(sorted(found))}, which services take for markup"
    return None
