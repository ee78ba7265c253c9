"""Dutch licence plate (kenteken).

Three groups of letters and digits, cut by hyphens, in one of fourteen arrangements (sidecodes). Since 2006 no vowels
and neither C nor Q among the letters of new plates; groups that are abbreviations of something ugly are left out.
Definition: RDW, https://www.rdw.nl; arrangements: https://nl.wikipedia.org/wiki/Nederlands_kenteken.

>>> judge("Mijn kenteken is ", "AB-123-C", "").confidence
<Confidence.CONTEXT: 2>
>>> judge("", "12-ABC-3", "") is None                       # a vowel in a new plate
True
>>> judge("", "12-BCD-3", "") is None                       # C is not used in new ones
True
>>> judge("", "12-BKD-3", "").confidence
<Confidence.VALID: 1>
>>> judge("kenteken ", "12BKD3", "").value
'12BKD3'
>>> judge("artikel ", "12BKD3", "") is None
True
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged, label, label_words, labelled
from zegel.policy.detectors.context import alone, called

_OLD = ("AA-00-00", "00-00-AA", "00-AA-00", "AA-00-AA", "AA-AA-00", "00-AA-AA")
_NEW = ("00-AAA-0", "0-AAA-00", "AA-000-A", "A-000-AA", "AAA-00-A", "A-00-AAA", "0-AA-000", "000-AA-0")
_LABEL = label(r"kenteken|nummerplaat|licen[cs]e plate|number plate|plate n|auto\b|voertuig|lease-?auto")
_OTHER = label_words("artikel order bestel product onderdeel serie type model part kamer room lokaal vlucht flight")
_ARRANGEMENTS = {form.replace("-", ""): form in _NEW for form in (*_OLD, *_NEW)}
_PLACES = frozenset((*_OLD, *_NEW))


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """A plate; without hyphens only when it is called so."""
    plate = candidate.upper()
    form = re.sub(r"\d", "0", re.sub("[A-Z]", "A", plate))
    signs = plate.replace("-", "")
    is_new = _ARRANGEMENTS.get(form.replace("-", ""))
    if is_new is None or ("-" in form and form not in _PLACES) or not alone(before, after):
        return None
    in_context = called(before, after, _LABEL)
    if is_new and not in_context and re.search("[AEIOUCQY]", signs):
        return None
    if labelled(before, _OTHER) or not (in_context or "-" in form):
        return None
    return Judged(signs, Confidence.CONTEXT if in_context else Confidence.VALID)


DETECTOR = Detector(
    "licence-plate",
    r"\b(?:(?i:[A-Z]{1,3})-\d{2,3}-(?i:[A-Z]{1,3})|\d{1,3}-(?i:[A-Z]{2,3})-\d{1,3}|(?i:[A-Z]{2}-\d\d)-\d\d|"
    r"\d\d-\d\d-[A-Za-z]{2}"
    r"|(?i:[A-Z]{2}-[A-Z]{2})-\d\d|\d\d-(?i:[A-Z]{2}-[A-Z]{2})"
    r"|(?i:[A-Z]{1,3})\d{2,3}(?i:[A-Z]{1,3})|\d{1,3}(?i:[A-Z]{2,3})\d{1,3}|(?i:[A-Z]{2})\d{4}|\d{4}[A-Za-z]{2}"
    r"|(?i:[A-Z]{4})\d\d|\d\d[A-Za-z]{4})\b",
    judge,
    Confidence.CONTEXT,
)
