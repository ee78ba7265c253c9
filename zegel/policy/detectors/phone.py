"""Phone numbers of any country, for rules about lists of people; numbers without a country are Dutch,
or of a neighbour when they are called phone numbers.

What is a number that can be dialled is decided by the metadata of the numbering plans (ITU-T E.164) in
https://github.com/daviddrysdale/python-phonenumbers. That takes long, so only what is written as a phone number is
asked: with a + or a zero in front.

>>> judge("Bel ", "06-12345678", "").value, judge("", "(020) 624 1111", "").value
('+31612345678', '+31206241111')
>>> judge("Tel. ", "01 42 68 53 00", "").value, judge("", "01 42 68 53 00", "") is None
('+33142685300', True)
>>> judge("ordernummer ", "0612345678", "") is None
True
>>> judge("", "01-02-2024", "") is judge("", "0000000000", "") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import phonenumbers

from zegel.policy.detectors.base import Confidence, Detector, Judged, label, label_words, labelled
from zegel.policy.detectors.context import called

_LABEL = label(r"tel|t:|m:|mob|gsm|bel\b|phone|call|fax|whatsapp|06")
_OTHER = label_words(
    "order bestel factu klant debiteur referen kenmerk ref artikel zending track trace pakket barcode serial invoice "
    "customer ticket imei iccid ean isbn rekening account bsn kvk"
)
_COUNTRIES = ("NL", "BE", "DE", "FR", "GB", "AT", "IT", "SE", "PL", "US")
"""Whose national forms are tried; those of other countries than the Netherlands when it is called a phone number."""
_IBAN = re.compile(r"[A-Za-z]{2}\d\d ?[A-Za-z]{4} ?$")
_DATE = re.compile(r"0?\d[-/.]\d\d?[-/.](?:19|20)?\d\d(?:[ ,]|$)|0?\d \d\d? (?:19|20)\d\d$")


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """The number in E.164."""
    if before[-1:].isalnum() or before[-1:] in ("-", "/", ".", "=", "_") or re.match(r"[\w@=_/]|[.,-]\d", after):
        return None
    if labelled(before, _OTHER) or _IBAN.search(before[-10:]) or _DATE.match(candidate):
        return None
    in_context = called(before, after, _LABEL)
    number = _dialled(candidate, _COUNTRIES if in_context else _COUNTRIES[:1])
    if number is None:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Judged(value, Confidence.CONTEXT if in_context else Confidence.VALID)


def _dialled(written: str, countries: Sequence[str]) -> phonenumbers.PhoneNumber | None:
    """The number, in the first of `countries` in which it can be dialled as it is written."""
    for country in countries:
        try:
            number = phonenumbers.parse(written.replace("(0)", ""), country)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_valid_number(number):
            return number
    return None


DETECTOR = Detector(
    "phone",
    r"(?:\+|\(\+|\b00|\b0|\(0)[1-9](?:(?:[ ./)-]|\) ?| ?[-/] ?)?\(?\d\)?){7,14}|\([2-9]\d\d\) ?\d{3}[- ]\d{4}\b",
    judge,
    Confidence.VALID,
    most=4_000,
)
