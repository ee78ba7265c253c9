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
_LICENCE = re.compile(rf"D[1IL]NL[D0O][A-Z0-9<]{{24}}{_DIGIT}")
_REACH = 80
_ALIKE = {"0": "OQD", "1": "IL", "2": "Z", "5": "S", "6": "G", "7": "T", "8": "B"}
_DIGIT_OF = {ord(letter): digit for digit, letters in _ALIKE.items() for letter in letters}
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
    """The document whose two dates `candidate` holds; its other signs stand around it, cut by blanks or not."""
    text = _squeezed(candidate)
    if licence := _LICENCE.fullmatch(text):
        return _licence(licence[0])
    front, back = _squeezed(before[-_REACH:]), _squeezed(after[:_REACH])
    lines = ((front[-13:] + text + back[:16]), (front[-13:] + text + back[:8]), (front[-30:] + text + back[:15]))
    for line in lines:
        value = _right_number(line)
        if value is not None:
            return Judged(value, Confidence.CONTEXT)
    return None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s>]+", "", text.upper())


def _right_number(line: str) -> str | None:
    """Country and number, also when every zero was read as O, and one other sign wrongly."""
    if not any(form.fullmatch(line) for form in (_TD3, _TD2, _TD1)):
        return None
    for text in dict.fromkeys((line, _digits_put_right(line), line.replace("O", "0"))):
        value = _number(text)
        if value is not None:
            return value
        for place, sign in enumerate(text):
            if sign in _TAKEN_FOR:
                value = _number(text[:place] + _TAKEN_FOR[sign] + text[place + 1 :])
                if value is not None:
                    return value
    return None


def _digits_put_right(line: str) -> str:
    """`line` with a digit wherever the form has one and a letter that looks like one stands there."""
    for form in (_TD3, _TD2, _TD1):
        if found := form.fullmatch(line):
            for group, text in enumerate(found.groups(), 1):
                start, end = found.span(group)
                if end - start in (1, 6) and re.fullmatch(_DIGIT + "+", text):
                    line = line[:start] + text.translate(_DIGIT_OF) + line[end:]
    return line


def _licence(line: str) -> Judged | None:
    """The one line of a driving licence, ISO/IEC 18013-2: its last sign is the check digit over all others."""
    for text in dict.fromkeys((line, line.replace("O", "0"), "D1" + line[2:], "D1" + line[2:].replace("O", "0"))):
        if text[-1].isdigit() and check_digit(text[:-1]) == int(text[-1]):
            return Judged(f"NLD {text[6:16].strip('<')}", Confidence.CONTEXT)
    return None


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


_CUT = "[ >]?"
_DATES = rf"(?:{_DIGIT}{_CUT}){{7}}[MFXmfx<]{_CUT}(?:{_DIGIT}{_CUT}){{6}}{_DIGIT}"
DETECTOR = Detector(
    "mrz",
    rf"{_DATES}|\b[Dd][1IiLl] ?(?i:NL)[Dd0Oo](?: ?[A-Za-z0-9<]){{24}} ?{_DIGIT}\b",
    judge,
    Confidence.CONTEXT,
    most=2_000,
    columns=False,
)
