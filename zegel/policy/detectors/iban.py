"""IBAN (International Bank Account Number).

Two letters of the country, two check digits, then the national number, of a length that the country fixes. The
number, turned so that the first four stand last and with letters as 10 to 35, is 1 modulo 97. Definition:
ISO 13616, registry at https://www.swift.com/standards/data-standards/iban-international-bank-account-number.

>>> judge("rekening ", "NL91 ABNA 0417 1643 00 t", ".n.v. Jansen")
Judged(value='NL91ABNA0417164300', confidence=<Confidence.VALID: 1>, start=0, size=22)
>>> judge("", "nl91abna0417164300", "").value
'NL91ABNA0417164300'
>>> judge("", "IBANBE68539007547034", "").value           # glued to the word
'BE68539007547034'
>>> judge("", "NL91ABNA0417164301", "") is None
True
>>> judge("", "NL91ABNA04171643009", "") is None          # goes on
True
"""

from __future__ import annotations

import re

from stdnum import iban
from stdnum.exceptions import ValidationError

from zegel.policy.detectors.base import Confidence, Detector, Judged

LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18"
        "FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21"
        "LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24"
        "SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30",
    )
}
"""Characters of an IBAN per country, the four in front included."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """What the letters and digits of `candidate` are; what follows the length of the country is left alone."""
    start = 4 if candidate[:4].upper() == "IBAN" else 0
    length = LENGTHS.get(candidate[start : start + 2].upper(), 0)
    end = start
    for taken in range(length):
        while end < len(candidate) and not candidate[end].isalnum():
            end += 1
        if end == len(candidate):
            return None
        end += taken < length
    value = re.sub(r"[^0-9A-Z]", "", candidate[start:end].upper())
    rest = candidate[end:] + after
    if not value or rest[:1].isdigit():
        return None
    try:
        iban.validate(value, check_country=False)
    except ValidationError:
        return None
    return Judged(value, Confidence.VALID, start, end - start)


DETECTOR = Detector(
    "iban",
    rf"(?i)(?:\b|_|iban)(?:{'|'.join(LENGTHS)})\d\d(?:[ .\n-]?[0-9a-z]){{11,30}}",
    judge,
    Confidence.VALID,
)
