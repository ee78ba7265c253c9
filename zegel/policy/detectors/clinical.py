"""What stands in a file about a patient and hardly elsewhere: a dose, a measured value, a stage, a code of a diagnosis.

In context is what says by its form what it is: a value with the name or the unit of a laboratory, a blood pressure
called so, "2dd500", "NYHA III", "G2P1" (phrases/clinical.sure.txt). Right, and no more, is what stands in a recipe or a
catalogue too: an amount in milligrams, a scheme such as "1-0-1", a letter with digits that the ICD could hold
(phrases/clinical.maybe.txt).

>>> judge("", "Hb 5,9", " en").confidence, judge("paracetamol ", "500 mg", "").confidence
(<Confidence.CONTEXT: 2>, <Confidence.VALID: 1>)
>>> judge("diagnose ICD-10 ", "F32.1", "").confidence, judge("route ", "A12.1", "").confidence
(<Confidence.CONTEXT: 2>, <Confidence.VALID: 1>)
>>> judge("score ", "1-0-1", "") is None, judge("metoprolol 50 mg ", "1-0-1", "").confidence
(True, <Confidence.CONTEXT: 2>)
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged
from zegel.policy.detectors.phrase_files import pattern

_SURE = re.compile(pattern("clinical.sure"))
_SCHEME = re.compile(r"[0-4]-[0-4]-[0-4]")
_CODE = re.compile(r"[A-TV-Z]\d\d(?:\.\d{1,2})?$")
_CODED = re.compile(
    r"\b(?:icd(?:-?1[01])?|icpc|dsm(?:-?(?:iv|5|v))?|dbc|diagnosecode|diagnose|diagnosis|cim-?10|code)\W{0,4}\w{0,12}\W{0,3}$",
    re.IGNORECASE,
)
"""What calls a letter with digits a code of a diagnosis."""
_DOSED = re.compile(r"(?:\bmg|\bmcg|\bml|\bie|\btabl\w*|\bcaps\w*|\b\d+)\W{0,3}$", re.IGNORECASE)
_PART_OF_MORE_BEFORE, _PART_OF_MORE_AFTER = tuple("-/_@€$"), tuple("@_€-")


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """How surely `candidate` is a dose, a value, a stage or a code."""
    value = " ".join(candidate.lower().split())
    if before.endswith(_PART_OF_MORE_BEFORE) or after.startswith(_PART_OF_MORE_AFTER):
        return None
    if _SCHEME.match(candidate):
        return Judged(value, Confidence.CONTEXT) if _DOSED.search(before[-12:]) else None
    if _CODE.match(candidate):
        if _CODED.search(before[-30:]):
            return Judged(value, Confidence.CONTEXT)
        return Judged(value, Confidence.VALID) if "." in candidate else None
    return Judged(value, Confidence.CONTEXT if _SURE.match(candidate) else Confidence.VALID)


DETECTOR = Detector("clinical", pattern("clinical.sure", "clinical.maybe"), judge, Confidence.CONTEXT, columns=False)
