"""The machine-readable lines of passports and identity cards.

ICAO Doc 9303 (https://www.icao.int/publications/doc-series/doc-9303): part 4 gives the passport (TD3, two lines
of 44), part 5 the card (TD1, three lines of 30), part 6 the larger card (TD2, two lines of 36). The data lines
carry check digits (weights 7 3 1, modulo 10; A-Z count 10 to 35, `<` counts 0) over number, birth, expiry and all
together: chance is out. The line of names has none, and mail programs damage its row of `<`; so it may be there,
or be cut, or be gone. One sign that OCR took for another (O for 0, B for 8, K for <) is put right: the other check
digits still have to agree.

>>> judge("", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "")
Judged(value='UTO L898902C3', confidence=<Confidence.CONTEXT: 2>, start=0, size=-1)
>>> judge("", "I<UTOD231458907<<<<<<<<<<<<<<<\\n7408122F1204159UTO<<<<<<<<<<<6", "").value
'UTO D23145890'
>>> judge("", "L898902C36UTO74O8122F1204159ZE184226B<<<<<10", "").value     # O for 0
'UTO L898902C3'
>>> judge("", "L898902C36UTO7408122F1204159ZE184226B<<<<<11", "") is None
True
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged

_DIGIT = "[0-9OQDILZSBGT]"
"""A digit, or a letter that reading from a picture makes of one."""
_TD3 = re.compile(
    rf"([A-Z0-9<]{{9}})({_DIGIT})([A-Z<]{{3}})({_DIGIT}{{6}})({_DIGIT})[MFX<]({_DIGIT}{{6}})({_DIGIT})"
    rf"([A-Z0-9<]{{14}})([0-9<OQDILZSBGT])({_DIGIT})"
)
_TD2 = re.compile(
    rf"([A-Z0-9<]{{9}})([0-9<OQDILZSBGT])([A-Z<]{{3}})({_DIGIT}{{6}})({_DIGIT})[MFX<]({_DIGIT}{{6}})({_DIGIT})"
    rf"([A-Z0-9<]{{7}})({_DIGIT})"
)
_TD1 = re.compile(
    r"[ACI][A-Z<]([A-Z<]{3})([A-Z0-9<]{9})([0-9<OQDILZSBGT])([A-Z0-9<]{15})"
    rf"({_DIGIT}{{6}})({_DIGIT})[MFX<]({_DIGIT}{{6}})({_DIGIT})[A-Z<]{{3}}([A-Z0-9<]{{11}})({_DIGIT})"
)
_ALIKE = {"0": "OQD", "1": "IL", "2": "Z", "5": "S", "6": "G", "7": "T", "8": "B"}
_TAKEN_FOR = {
    **{letter: digit for digit, letters in _ALIKE.items() for letter in letters},
    **{digit: letters[0] for digit, letters in _ALIKE.items()},
    "K": "<", "C": "<",
}  # fmt: skip
"""What a sign may have been before it was read wrongly: OCR-B is made to be read, and these still slip."""


def check_digit(field: str) -> int:
    """The check digit over `field`, Doc 9303 part 3, 4.9.

    >>> check_digit("520727"), check_digit("AB2134<<<")
    (3, 5)
    """
    values = (0 if sign == "<" else int(sign, 36) for sign in field)
    return sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10


def _right(field: str, digit: str) -> bool:
    """Whether `digit` belongs to `field`; an empty field may have `<` instead."""
    if not (digit.isdigit() or (digit == "<" and not field.strip("<"))):
        return False
    return check_digit(field) == (0 if digit == "<" else int(digit))


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """Whether `candidate` holds data lines with right check digits, or with one sign read wrongly."""
    text = re.sub(r"[\s>]+", "", candidate.upper())
    value = _number(text)
    if value is None and (_TD3.fullmatch(text) or _TD2.fullmatch(text) or _TD1.fullmatch(text)):
        for place, sign in enumerate(text):
            if sign in _TAKEN_FOR:
                value = _number(text[:place] + _TAKEN_FOR[sign] + text[place + 1 :])
                if value is not None:
                    break
    return Judged(value, Confidence.CONTEXT) if value is not None else None


def _number(text: str) -> str | None:
    """Country and number of the document, when all check digits are right."""
    fields: list[tuple[str, str]]
    if line := _TD3.fullmatch(text):
        number, n, country, birth, b, expiry, e, more, m, total = line.groups()
        everything = number + n + birth + b + expiry + e + more + m
        fields = [(number, n), (birth, b), (expiry, e), (more, m), (everything, total)]
    elif line := _TD2.fullmatch(text):
        number, n, country, birth, b, expiry, e, more, total = line.groups()
        fields = [(number, n), (birth, b), (expiry, e), (number + n + birth + b + expiry + e + more, total)]
    elif line := _TD1.fullmatch(text):
        country, number, n, more, birth, b, expiry, e, last, total = line.groups()
        everything = number + n + more + birth + b + expiry + e + last
        fields = [(number, n), (birth, b), (expiry, e), (everything, total)]
        if n == "<":  # a number of more than nine characters goes on in the next field, with its check digit
            fields = fields[1:]
    else:
        return None
    if not (birth + expiry).isdigit() or not all(_right(field, digit) for field, digit in fields):
        return None
    return f"{country.strip('<')} {number.strip('<')}"


_GAP = r"[\s>]{0,6}"
_DATA = rf"[A-Z0-9<]{{9}}[0-9<OQDILZSBGT][A-Z<]{{3}}{_DIGIT}{{7}}[MFX<]{_DIGIT}{{7}}"
DETECTOR = Detector(
    "mrz",
    rf"(?i)(?:{_DATA}[A-Z0-9<]{{14}}[0-9<OQDILZSBGT]{_DIGIT}|{_DATA}[A-Z0-9<]{{7}}{_DIGIT}"
    rf"|[ACI][A-Z<][A-Z<]{{3}}[A-Z0-9<]{{9}}[0-9<OQDILZSBGT][A-Z0-9<]{{15}}{_GAP}{_DIGIT}{{7}}[MFX<]{_DIGIT}{{7}}"
    rf"[A-Z<]{{3}}[A-Z0-9<]{{11}}{_DIGIT})",
    judge,
    Confidence.CONTEXT,
    most=2_000,
)
