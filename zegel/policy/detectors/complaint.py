"""What ails somebody, in everyday words: a part of the body and what is wrong with it, what somebody no longer does.

A list of words would need each of them in each order; here groups of words stand for each language, with a few other
words between: "haar knie is al weken dik", "eet sinds gisteren nauwelijks" (phrases/complaint.*.txt). It says what is
told, not of whom: a rule has to ask for somebody beside it. Right, and no more, is what is said of much else too.

>>> judge("", "drinkt niet meer", "").confidence, judge("", "knie is dik", "").value
(<Confidence.VALID: 1>, 'knie is dik')
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged
from zegel.policy.detectors.phrase_files import pattern

_SAYS_LITTLE = re.compile(
    r"(?!.*(?:nauwelijks|amper|slecht|geen hap|stiekem|bijna niet|te weinig|kaum|schlecht|zu wenig|fast nichts)\b)"
    r"(?:drink|eet|eat|trinkt|isst|loopt|praat|ziet|hoort (?!.*stemmen)|slaapt|ademt|groeit|plast|at\b|dronk|"
    r"sliep|herken|mist|verloor|kwijt|can't|cannot|refus|won't|unable|struggling|ne |gestruikeld|gevallen|viel|valt|"
    r"hart |hand|hoofd|kan |nog |in verwachting|onder het mes|barely|hardly|stopped)",
    re.IGNORECASE,
)
"""How it begins where much else begins so: "drinkt niet meer", "ziet het niet meer zitten"."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """That something ails somebody, or may; the value is what stands there."""
    sure = Confidence.VALID if _SAYS_LITTLE.match(candidate) else Confidence.CONTEXT
    return Judged(re.sub(r"\s+", " ", candidate.lower()), sure)


DETECTOR = Detector("complaint", pattern("complaint.*"), judge, Confidence.CONTEXT, columns=False)
