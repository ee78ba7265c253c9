"""Numbers of payment cards.

The first digits name the issuer (ISO/IEC 7812-1, ranges as the brands publish them), the issuer fixes the length,
the last digit is Luhn's check over the rest: https://en.wikipedia.org/wiki/Payment_card_number. One in ten numbers
passes Luhn by chance. The test numbers that payment services publish count: nobody can see that they are not real.

>>> judge("kaart ", "4111 1111 1111 1111", "")
Judged(value='4111111111111111', confidence=<Confidence.VALID: 1>, start=0, size=19)
>>> judge("Mastercard ", "5555555555554444", "").confidence
<Confidence.CONTEXT: 2>
>>> judge("", "3782 822463 10005", "").value              # American Express
'378282246310005'
>>> judge("", "4111 1111 1111 1112", "").confidence
<Confidence.SHAPE: 0>
>>> judge("", "1234567812345670", "") is None             # no issuer
True
>>> judge("account AT82 ", "5403 4882 7024 1614", "") is None
True
>>> judge("Track & Trace: ", "4111111111111111", "") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from zegel.policy.detectors.base import Confidence, Detector, Judged, label, label_words, labelled
from zegel.policy.detectors.bulk import Bulk, remainders, weighted, zeros
from zegel.policy.detectors.iban import LENGTHS

_ISSUER = re.compile(
    r"4\d{15}"  # Visa
    r"|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14}"  # UnionPay
    r"|5019\d{12}"  # Dankort
)
_ISSUER_IN_CONTEXT = re.compile(r"4\d{12}(?:\d{6})?|62\d{15,17}|(?:50|5[6-9]|6\d)\d{10,17}|1\d{14}")
"""Old Visa, long UnionPay, Maestro and UATP: ranges so wide that only the words nearby make them a card."""

_NEAR = label(
    r"credit[- ]?card|debit[- ]?card|kredietkaart|betaalkaart|betaalpas|bankpas|kaartn|"
    r"(?<!gift )(?<!member )(?<!library )card n|cardn|pasn|visa|"
    r"master[- ]?card|maestro|american express|amex|diners|discover|jcb|"
    r"unionpay|dankort|uatp|air ?travel (?:card|plan)|universal air|krediet ?kaart|"
    r"cvc|cvv|vervaldatum|expir|geldig tot|card ?holder|kaarthouder|pan\b"
)
_OTHER = label_words(
    "order bestel factu klant debiteur relatie polis referen kenmerk ref artikel zending track trace pakket barcode "
    "imei iccid sim serie serial ean gtin sscc invoice customer ticket transact message meter shipment parcel "
    "delivery lot batch product contract betalingskenmerk betaalkenmerk acceptgiro aanslag declarat user session "
    "request build cjib cadeau spaar bonus klantenk gift loyalty giftcard voucher chip"
)
_OTHER = re.compile(rf"{_OTHER.pattern}|(?![a-z]*(?:kaart|card|pas)n)[a-z]{{4,}}(?:nummers?|nrs?)")
"""What a long number is called when no money can be taken with it."""
_NO_MONEY = re.compile(
    r"(?:cadeau|gift|spaar|bonus|klanten|loyalty|leden|lidmaatschaps?|chip|air ?miles|tank|simk?|toegangs|biblio\w*|"
    r"member(?:ship)?|library|fidelity|prepaid|beltegoed|kras)[- ]?(?:kaart|card|pas|bon)[a-z]*[^.!?\n\d]{0,24}$",
    re.IGNORECASE,
)
"""Cards with numbers as long, which nobody can pay with elsewhere."""
_INSIDE = re.compile(r"(?:\d[.,/:-]?|[/=?&#@+<])$")
_GOES_ON = re.compile(r"[./:-]?\d|,\d(?!\d?[/-]\d)|[@&=]")
"""How the number is seen to be a part of more; after a comma the month of expiry may stand."""
_IN_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d\d[ .-]?(?:[A-Za-z0-9]{4}[ .-]?){0,4}$")
"""The begin of an account number, of which the digits are the rest."""
_SENTENCE_END = re.compile(r"[.!?]\s")
_WINDOW = 80


def luhn(digits: str) -> bool:
    """Luhn's check, ISO/IEC 7812-1 annex B.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """What the digits of `candidate` are, given the text around them."""
    start, end = int(candidate[0] == "_"), len(candidate) - (candidate[-1] == "_")
    number = candidate[start:end]
    digits = re.sub(r"\D", "", number)
    if len(digits) == 19 and len(number) > 19 and not luhn(digits):  # the three behind are its security code
        end -= 4
        number, after, digits = number[:-4], number[-4:] + after, digits[:-3]
    window = before[-_WINDOW:]
    label_end = max((found.end() for found in _NEAR.finditer(window)), default=None)
    context = label_end is not None or bool(_NEAR.search(after[:_WINDOW]))
    if not (_ISSUER.fullmatch(digits) or (context and _ISSUER_IN_CONTEXT.fullmatch(digits))):
        return None
    if len(set(digits)) < 2 or _INSIDE.search(before[-2:]) or _GOES_ON.match(after):
        return None
    if (begun := _IN_IBAN.search(before[-28:])) and begun[1].upper() in LENGTHS:
        return None
    if len(digits) != len(number) and _goes_on_grouped(before, after, number):
        return None
    if labelled(window, _OTHER) and (label_end is None or _SENTENCE_END.search(window, label_end)):
        return None
    if label_end is None and _NO_MONEY.search(window):
        return None
    if not luhn(digits):
        return Judged(digits, Confidence.SHAPE, start, end - start)
    return Judged(digits, Confidence.CONTEXT if context else Confidence.VALID, start, end - start)


def _goes_on_grouped(before: str, after: str, number: str) -> bool:
    """Whether a group of four digits more stands on either side, or one of one or two behind it that is no month."""
    separator = re.escape(re.sub(r"\d", "", number)[0])
    more = rf"{separator}(?:\d{{4}}\b|\d{{1,2}}\b(?! ?[/-]))"
    return bool(re.search(rf"\b\d{{4}}{separator}$", before) or re.match(more, after))


_LUHN = tuple(weighted((1,), 10)[0] if place % 2 == 0 else bytes(
    (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[byte - 48] if 48 <= byte < 58 else 0 for byte in range(256)
) for place in range(19))  # fmt: skip
"""Nineteen columns from the left: the last counts once, the one before it doubled."""


def _all_passing(numbers: Sequence[bytes]) -> list[int]:
    return zeros(remainders(numbers, _LUHN, 10))


_BULK = Bulk(
    re.compile(rb"(?<![0-9A-Za-z])(?:[2-6]\d{12,18}|[2-6]\d{3}([ .-])\d{4}\1\d{4}\1\d{4})(?![0-9A-Za-z])"),
    _all_passing,
    r"(?i)card|kaart|visa|maestro|amex|pas|diners|discover|jcb|unionpay|dankort|uatp|cvc|cvv|expir|geldig",
)
DETECTOR = Detector(
    "card",
    r"(?:\b|_)(?:"
    r"\d{13,19}"
    r"|\d{4}[ \n]\d{4}[ \n]\d{4}[ \n]\d{4}(?: \d{3})?|\d{4}-\d{4}-\d{4}-\d{4}(?:-\d{3})?|\d{4}\.\d{4}\.\d{4}\.\d{4}"
    r"|1\d{3}[ -]\d{5}[ -]\d{6}|[13]\d{3}[ \n-]\d{6}[ \n-]\d{4,5}|3\d{3}[ -]\d{4}[ -]\d{4}[ -]\d{2,3}"
    r")(?:\b|_)",
    judge,
    Confidence.VALID,
    _BULK,
)
