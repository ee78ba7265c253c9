"""Phone numbers of any country, for rules about lists of people; numbers without a country are Dutch.

What is a number that can be dialled is decided by the metadata of the numbering plans (ITU-T E.164) in
https://github.com/daviddrysdale/python-phonenumbers. That takes long, so only what is written as a phone number is
asked: with a + or a zero in front.

>>> judge("Bel ", "06-12345678", "").value, judge("", "(020) 624 1111", "").value
('+31612345678', '+31206241111')
>>> judge("ordernummer ", "0612345678", "") is None
True
>>> judge("", "01-02-2024", "") is judge("", "0000000000", "") is None
True
"""

from __future__ import annotations

import re

import phonenumbers

from zegel.policy.detectors.base import Confidence, Detector, Judged, label, label_words, labelled
from zegel.policy.detectors.context import called

_LABEL = label(r"tel|t:|m:|mob|gsm|bel\b|phone|call|fax|whatsapp|06")
_OTHER = label_words(
    "order bestel factu klant debiteur referen kenmerk ref artikel zending track trace pakket barcode serial invoice "
    "customer ticket imei iccid ean isbn rekening account bsn kvk"
)
_IBAN = re.compile(r"[A-Za-z]{2}\d\d ?[A-Za-z]{4} ?$")
_DATE = re.compile(r"0?\d[-/.]\d\d?[-/.](?:19|20)?\d\d(?:[ ,]|$)|0?\d \d\d? (?:19|20)\d\d$")


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """The number in E.164."""
    if before[-1:].isalnum() or before[-1:] in ("-", "/", ".", "=", "_") or re.match(r"[\w@=_/]|[.,-]\d", after):
        return None
    if labelled(before, _OTHER) or _IBAN.search(before[-10:]) or _DATE.match(candidate):
        return None
    try:
        number = phonenumbers.parse(candidate.replace("(0)", ""), "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Judged(value, Confidence.CONTEXT if called(before, after, _LABEL) else Confidence.VALID)


DETECTOR = Detector(
    "phone",
    r"(?:\+|\(\+|\b00|\b0|\(0)[1-9](?:[ ./-]?\(?\d\)?){7,14}",
    judge,
    Confidence.VALID,
    most=4_000,
)
