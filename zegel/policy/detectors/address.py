"""A Dutch home: postcode with house number, which together name one door.

Four digits that do not begin with 0, a blank or none, two capitals, not SA, SD or SS. The house number stands behind
the postcode, or behind the street in front of it. Definition: NEN 5825, https://www.postnl.nl.

>>> judge("Dorpsstraat 12a, ", "1234 AB", " Utrecht").value, judge("", "1234AB", " 12-3").value
('1234AB 12A', '1234AB 12')
>>> judge("Laan van Meerdervoort 1, ", "2517 AK", " Den Haag").confidence
<Confidence.VALID: 1>
>>> judge("in het jaar ", "2024 EN", " daarna") is None
True
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged

_BEFORE = re.compile(r"[^\W\d][\w.'-]{2,}\s+(\d{1,5})(?:[ -]?([a-zA-Z]{1,2}|[IVX]{1,3}|\d{1,4}|hs|bis))?[\s,;|]{1,6}$")
_AFTER = re.compile(
    r"[\s,;|]{1,3}(?:(?:huisn|nr|nummer|no)\w*\.?:? ?)?(\d{1,5})(?:[ -]?([a-zA-Z]{1,2})\b)?(?![\d.:]|-\d{4})"
)


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """Postcode and house number."""
    postcode = candidate.replace(" ", "").upper()
    if postcode[4:] in ("SA", "SD", "SS") or before[-1:] in ("-", "/", ".", "+"):
        return None
    core = _BEFORE.search(before[-60:]) or _AFTER.match(after)
    if core is None:
        return None
    number = core[1] + (core[2] or "").upper() if (core[2] or "").isalpha() else core[1]
    return Judged(f"{postcode} {number}", Confidence.VALID)


DETECTOR = Detector("home-address", r"\b[1-9]\d{3}(?: ?[A-Z]{2}|[a-z]{2})\b", judge, Confidence.VALID, columns=False)
