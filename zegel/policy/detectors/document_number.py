"""Number of a passport, an identity card or a driving licence, of the Netherlands and of other countries.

Nine signs: two letters, six letters or digits, one digit; the letter O is not used, so that it is never taken for
a zero. A driving licence has ten digits. Neither has a check digit that can be seen, so the words nearby have to
say what it is. Other countries write seven to ten digits, or letters and digits, and Belgium twelve digits; these are
believed when they are called the *number* of such a document. Definitions: https://www.rvig.nl/documentnummer (passport
and card), RDW (driving licence), ICAO 9303 (nine signs for the number of any travel document).

>>> judge("Paspoortnummer: ", "NWF1B3C45", ", geldig tot").value
'NWF1B3C45'
>>> judge("Rijbewijsnummer ", "5123456789", "").value
'5123456789'
>>> judge("Artikel ", "NWF1B3C45", "") is None
True
>>> judge("Paspoort meenemen op ", "september", "") is None
True
>>> judge("Passport no. of Ms Nguyen: ", "C4X92KD71", "").value, judge("Passport of Ms Nguyen, ", "C4X92KD71", "")
('C4X92KD71', None)
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
_NUMBER = r"[-_ ]?(?:n(?:umme)?r|number|nos?\b|n\.|n°|#)"
_NUMBER_OF = (
    r"\b(?:nummer|nr|number|numero|no|n[o°])\.?(?: (?:van|of|der?|des|du|d'|het|de la|the|mijn|zijn|haar)){0,2} ?"
)
_PAPERS = (
    r"(?:pas(?:poort|sport)?|reisepass|passeport|personalausweis|ausweis|identiteitskaart|identiteitsbewijs|id-?kaart|"
    r"id-?bewijs|eid|identity card|id[- ]card|carte d.identite|carte nationale d.identite|reisdocument|travel document|"
    r"aufenthaltstitel|titre de sejour|residence permit|verblijfs(?:document|kaart))"
)
_LICENCES = r"(?:rijbewijs|driving licen[cs]e|driver'?s licen[cs]e|fuhrerschein|permis de conduire)"
_PAPER_NUMBER = label(rf"{_PAPERS}s?{_NUMBER}|{_NUMBER_OF}{_PAPERS}")
_LICENCE_NUMBER = label(rf"{_LICENCES}s?{_NUMBER}|{_NUMBER_OF}{_LICENCES}")
_FORM = re.compile(r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d")
_ABROAD = (
    r"[A-Z]{1,3}\d[A-Z0-9]{4,8}|[A-Z]{3}\d{6}|\d{2}[A-Z]{2}\d{5}|\d{7,10}|\d{3}-\d{7}-\d{2}|\d{12}|"
    r"[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}"
)
_FOREIGN = re.compile(_ABROAD)
_EVIDENCE = (
    r"(?i)pas[ps]|identit|id-?kaart|id-?bewijs|\beid\b|id[- ]card|documentn|document n|legitimatie|reisdocument|"
    r"travel doc|verblijfs|rijbewijs|licen[cs]e|ausweis|fuhrerschein|aufenthaltstitel|titre de sejour|permis|"
    r"residence permit"
)
"""One of these is in every label."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """A document number, when it is called so."""
    number = candidate.upper()
    if not alone(before, after):
        return None
    dutch = _LICENCE if re.fullmatch(r"\d{10}", number) else _DOCUMENT if _FORM.fullmatch(number) else None
    if dutch is not None and called(before, after, dutch):
        return Judged(number, Confidence.CONTEXT)
    if _FOREIGN.fullmatch(candidate) and (
        called(before, after, _PAPER_NUMBER) or called(before, after, _LICENCE_NUMBER)
    ):
        return Judged(number, Confidence.CONTEXT)
    return None


DETECTOR = Detector(
    "document-number",
    rf"\b(?:(?i:[A-NP-Z]{{2}}[A-NP-Z0-9]{{6}})\d|\d{{10}}|{_ABROAD})\b",
    judge,
    Confidence.CONTEXT,
    evidence=_EVIDENCE,
    apart=True,
)
