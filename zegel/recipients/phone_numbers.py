"""Numbers of phones as people type them, turned into E.164 or refused with the reason. Pure.

The plan of every country is in `phonenumbers` (libphonenumber). What is done here is what it leaves
open: typed text is a number, several or none, and a code can only go to a mobile phone in a country
that the administrator allows, or to a landline there where codes are also told by a call.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

Reason = Literal[
    "empty", "letters", "several", "extension", "short", "long", "invalid", "landline", "uncalled", "premium", "country"
]

_MOST = 200
_LABEL = re.compile(
    r"^\W*(?:tel(?:efoon|ephone)?|mob(?:iel|ile)?|gsm|phone|nummer|number|nr|[tm])\b[\s.:]*", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[/\\,;|&\n]|\b(?:of|or|en|and)\b", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:\b(?:ext|x|tst|toestel)\b\.?|#|\bx(?=\d))\s*:?\s*\d{1,6}\s*$", re.IGNORECASE)
_DIGITS_IN_NUMBER = 7
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LANDLINE = (PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.UAN)
"""Where a person can answer a call. Not a number that is free for who calls it, a pager or a voicemail."""
_DEAR = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why something typed is no number that a code can go to."""

    kind: Reason
    region: str = ""
    """With "country": the country of the number, as ISO 3166 has it; "" when unknown."""


def parse(typed: str, region: str, allowed: Sequence[str], landlines: bool = False) -> str | Wrong:
    """What was typed as E.164, read as a number of `region` (ISO 3166, such as NL) unless it says otherwise.

    With `landlines` a number may also be one that can be called.

    >>> parse("06 12 34 59 54", "NL", ["NL"]), parse("+31 (0)6-12345954", "BE", ["NL"])
    ('+31612345954', '+31612345954')
    >>> parse("020 123 4567", "NL", ["NL"]), parse("0470 12 34 56", "BE", ["NL"])
    (Wrong(kind='landline', region=''), Wrong(kind='country', region='BE'))
    >>> parse("020 123 4567", "NL", ["NL"], landlines=True), parse("0800 1234", "NL", ["NL"], landlines=True)
    ('+31201234567', Wrong(kind='uncalled', region=''))
    """
    text = _LABEL.sub("", _plain(typed))
    if not text:
        return Wrong("empty")
    if _how_many(text) > 1:
        return Wrong("several")
    if _EXTENSION.search(text):
        return Wrong("extension")
    if re.search(r"[^\W\d_]", text):
        return Wrong("letters")
    digits = re.sub(r"\D", "", text)
    if not digits:
        return Wrong("empty")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        return Wrong(_UNREADABLE.get(error.error_type, "invalid"))
    return _judged(number, allowed, landlines)


@lru_cache(maxsize=1024)
def is_landline(number: str) -> bool:
    """Whether an E.164 number is of a phone that can be called, and gets no SMS.

    >>> is_landline("+31201234567"), is_landline("+31612345954"), is_landline("+12015550123"), is_landline("")
    (True, False, False, False)
    """
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) in _LANDLINE
    except phonenumbers.NumberParseException:
        return False


def masked(number: str) -> str:
    """An E.164 number that its owner recognises: the first digit and the last three, whatever its length.

    >>> masked("+31612345954")
    '+3******954'
    """
    return f"{number[:2]}******{number[-3:]}"


def region_of(address: str, allowed: Sequence[str], default: str) -> str:
    """The country to expect the number of a mail address in: that of its domain when it is allowed.

    >>> region_of("eva@elders.be", ["NL", "BE"], "NL"), region_of("eva@elders.com", ["NL", "BE"], "NL")
    ('BE', 'NL')
    """
    ending = address.rpartition(".")[2].upper()
    region = {"UK": "GB"}.get(ending, ending)
    return region if region in allowed else default


def example(region: str) -> str:
    """A mobile number of `region` as people write it there; "" when there is none."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else ""


def prefix(region: str) -> str:
    """The country code of `region`, as +31; "" for what is no country."""
    code = phonenumbers.country_code_for_region(region)
    return f"+{code}" if code else ""


_UNREADABLE: dict[int, Reason] = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "country",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "short",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "short",
    phonenumbers.NumberParseException.NOT_A_NUMBER: "short",
    phonenumbers.NumberParseException.TOO_LONG: "long",
}
_IMPOSSIBLE: dict[int, Reason] = {
    ValidationResult.TOO_SHORT: "short",
    ValidationResult.TOO_LONG: "long",
    ValidationResult.INVALID_COUNTRY_CODE: "country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "short",
}


def _judged(number: phonenumbers.PhoneNumber, allowed: Sequence[str], landlines: bool) -> str | Wrong:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        return Wrong(_IMPOSSIBLE.get(possible) or _by_length(number))
    if not phonenumbers.is_valid_number(number):
        return Wrong(_by_length(number))
    country = phonenumbers.region_code_for_number(number) or ""
    kind = phonenumbers.number_type(number)
    if kind in _DEAR:
        return Wrong("premium")
    if country not in allowed:
        return Wrong("country", country if country.isalpha() else "")
    if kind not in _MOBILE and not (landlines and kind in _LANDLINE):
        return Wrong("uncalled" if landlines else "landline")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _by_length(number: phonenumbers.PhoneNumber) -> Reason:
    """Whether a number that is none is a digit short or long of the mobile numbers of its country."""
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    model = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if model is None:
        return "invalid"
    wanted, found = (len(phonenumbers.national_significant_number(each)) for each in (model, number))
    return "short" if found < wanted else "long" if found > wanted else "invalid"


def _plain(typed: str) -> str:
    """Without what copying from a phone or a card brings along: odd digits, blanks, invisible marks."""
    text = unicodedata.normalize("NFKC", typed[:_MOST])
    text = " ".join(text.split())
    shown = "".join(character for character in text if unicodedata.category(character) not in ("Cf", "Cc", "Co"))
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in shown)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", " ".join(digits.split())).strip()


def _how_many(text: str) -> int:
    """How many numbers `text` holds, as far as that can be told."""
    pieces = [piece for piece in _SEPARATOR.split(text) if len(re.sub(r"\D", "", piece)) >= _DIGITS_IN_NUMBER]
    found = phonenumbers.PhoneNumberMatcher(text, "NL", leniency=phonenumbers.Leniency.POSSIBLE)
    return max(len(pieces), len(re.findall(r"\+\W*\d", text)), sum(1 for _ in found))
