"""Dutch numbers without a check digit that can be seen: only what they are called tells them from any other number.

| detector | what | digits | source |
|---|---|---|---|
| v-number | foreigner in the files of the immigration service (V-nummer) | 10 | https://ind.nl |
| big | professional in health care (BIG-register), the last two say which | 11 | https://www.bigregister.nl |
| agb | care provider, for the insurers; the first two say which kind | 8 | https://www.vektis.nl |
| uzi | card of a professional in health care | 9 | https://www.uziregister.nl |
| kvk | company in the trade register | 8 | https://www.kvk.nl |

>>> V_NUMBER.judge("V-nummer ", "123.456.7890", "").value, KVK.judge("KvK: ", "12345678", " te Utrecht").value
('1234567890', '12345678')
>>> BIG.judge("BIG-nr. ", "49012345601", "").value, BIG.judge("BIG-nr. ", "49012345699", "") is None
('49012345601', True)
>>> AGB.judge("AGB-code ", "01012345", "").value, UZI.judge("UZI-nummer ", "900012345", "").value
('01012345', '900012345')
>>> KVK.judge("Klantnummer ", "12345678", "") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Callable

from zegel.policy.detectors.base import Confidence, Detector, Judged, label
from zegel.policy.detectors.context import alone, called

_PROFESSIONS = frozenset(f"{number:02}" for number in (1, 2, 3, 4, 16, 17, 18, 25, 30, 31, 81, 83, 85, *range(87, 98)))
"""Professions of the BIG-register: physician 01, dentist 02, midwife 03, physiotherapist 04, and so on."""
_CARE_KINDS = frozenset(f"{kind:02}" for kind in range(1, 100)) - {"09", "10"}


def _judge(labels: re.Pattern[str], fits: Callable[[str], bool]) -> Callable[[str, str, str], Judged | None]:
    def judge(before: str, candidate: str, after: str) -> Judged | None:
        """The number, when it is called so."""
        digits = re.sub(r"\D", "", candidate)
        if len(set(digits)) < 2 or not fits(digits) or not alone(before, after) or not called(before, after, labels):
            return None
        return Judged(digits, Confidence.CONTEXT)

    return judge


def _detector(name: str, shape: str, words: str, fits: Callable[[str], bool] = bool) -> Detector:
    return Detector(name, rf"\b{shape}\b", _judge(label(words), fits), Confidence.CONTEXT)


V_NUMBER = _detector(
    "v-number",
    r"\d{3}[. ]?\d{3}[. ]?\d{4}",
    r"v-?\s?n(?:umme)?r|vreemdeling(?:en)?-?n(?:umme)?r|ind-?n(?:umme)?r|v-number|alien number|aliens? n(?:umbe)?r",
)
BIG = _detector(
    "big", r"\d{11}", r"big(?:\b|-|n|r)|beroepen in de individuele", lambda digits: digits[-2:] in _PROFESSIONS
)
AGB = _detector("agb", r"\d{8}|\d{2}[ -]\d{6}", r"agb", lambda digits: digits[:2] in _CARE_KINDS)
UZI = _detector("uzi", r"\d{9}", r"uzi(?:\b|-|n|p|r)")
KVK = _detector(
    "kvk",
    r"\d{8}|\d{2}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{4}",
    r"kvk|k\.v\.k|kamer van koophandel|koophandel|handelsregister|chamber of commerce|coc\b|trade register",
)
DETECTORS = (V_NUMBER, BIG, AGB, UZI, KVK)
