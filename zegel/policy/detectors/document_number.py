"""Number of a Dutch passport or identity card, and of a driving licence.

Nine signs: two letters, six letters or digits, one digit; the letter O is not used, so that it is never taken for
a zero. A driving licence has ten digits. Neither has a check digit that can be seen, so the words nearby have to
say what it is. Definition: https://www.rvig.nl/documentnummer (passport and card), RDW (driving licence).

>>> judge("Paspoortnummer: ", "NWF1B3C45", ", geldig tot").value
'NWF1B3C45'
>>> judge("Rijbewijsnummer ", "5123456789", "").value
'5123456789'
>>> judge("Artikel ", "NWF1B3C45", "") is None
True
>>> judge("Paspoort meenemen op ", "september", "") is None
True
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged, label
from zegel.policy.detectors.context import alone, called

_DOCUMENT = label(
    r"pasp(?:oort|\.)?(?:n|\b)|passport|identiteitskaart|identiteitsbewijs|id-?kaart|id-?bewijs|"
    r"identity (?:card|document)|id[- ]card|documentn|document n|legitimatie|reisdocument|travel document|"
    r"verblijfsdocument"
)
_LICENCE = label(r"rijbewijs|driving licen[cs]e|driver'?s licen[cs]e")
_FORM = re.compile(r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d")


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """A document number, when it is called so."""
    number = candidate.upper()
    labels = _LICENCE if number.isdigit() else _DOCUMENT
    if not number.isdigit() and not _FORM.fullmatch(number):
        return None
    if not alone(before, after) or not called(before, after, labels):
        return None
    return Judged(number, Confidence.CONTEXT)


DETECTOR = Detector("document-number", r"\b(?:(?i:[A-NP-Z]{2}[A-NP-Z0-9]{6})\d|\d{10})\b", judge, Confidence.CONTEXT)
