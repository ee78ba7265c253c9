"""Btw-id, the number of a Dutch company for value added tax.

NL, nine digits, B, two digits. Of companies the nine digits pass the check of a BSN, of one-man businesses the whole
passes modulo 97. Definition: https://www.belastingdienst.nl (btw-identificatienummer); check: python-stdnum, nl.btw.

>>> judge("", "NL004495445B01", "")
Judged(value='NL004495445B01', confidence=<Confidence.VALID: 1>, start=0, size=-1)
>>> judge("Btw-nr ", "nl 0044.95.445.b01", "").value
'NL004495445B01'
>>> judge("", "NL123456788B01", "").confidence
<Confidence.SHAPE: 0>
"""

from __future__ import annotations

import re

from stdnum.nl import btw

from zegel.policy.detectors.base import Confidence, Detector, Judged, label
from zegel.policy.detectors.context import called

_LABEL = label(r"btw|vat\b|vat-?(?:id|n)|omzetbelasting|ob-?n(?:umme)?r|tax id")


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """The number of a company, surer when it is called so."""
    number = re.sub(r"[^0-9A-Z]", "", candidate.upper())
    if not btw.is_valid(number):
        return Judged(number, Confidence.SHAPE)
    return Judged(number, Confidence.CONTEXT if called(before, after, _LABEL) else Confidence.VALID)


DETECTOR = Detector(
    "btw-id", r"(?i)\bNL[ .-]?\d{3}[ .-]?\d[ .-]?\d{2}[ .-]?\d{3}[ .-]?B[ .-]?\d{2}\b", judge, Confidence.VALID
)
