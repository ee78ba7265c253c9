"""Date of birth: a date that is called so.

Day, month and year in the usual Dutch and English ways, or as ISO 8601. Any date can be anything, so "geboren",
"geb.", "geboortedatum", "born" or "date of birth" has to say it, or the head of the column; a date of
long ago that nothing calls so is no more than possible.

>>> judge("Geboren op ", "12 maart 1980", "").value, judge("geb. ", "1-2-80", "").value
('1980-03-12', '1980-02-01')
>>> judge("Date of birth ", "March 12, 1980", "").value
'1980-03-12'
>>> judge("De brief is van ", "12 maart 1980", "").confidence, judge("De afspraak is op ", "12-3-2099", "") is None
(<Confidence.VALID: 1>, True)
>>> judge("geboren ", "31-02-1980", "") is None
True
"""

from __future__ import annotations

import re
from datetime import date

from zegel.policy.detectors.base import Confidence, Detector, Judged, label
from zegel.policy.detectors.context import called

_LABEL = label(
    r"geboren|geb\b|geb\.|gebdat|geb[- ]?datum|geboortedatum|gbd|geboortedag|"
    r"born|date of birth|birth ?date|dob\b|d\.o\.b|"
    r"geburtsdatum|geburtstag|nee? le|nee\(e\) le|ne\(e\) le|date de naissance"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan", "feb", "mrt|maa|mar", "apr", "mei|may", "jun", "jul", "aug", "sep", "okt|oct", "nov", "dec"], 1
    )
    for name in names.split("|")
}
_NAMED = "|".join(_MONTHS)
_FORMS = (
    re.compile(r"(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4}|\d{2})"),
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(rf"(?P<d>\d{{1,2}})(?:e|st|nd|rd|th)?[ -](?:of )?(?P<m>{_NAMED})[a-z]*\.?[ -](?P<y>\d{{4}}|\d{{2}})"),
    re.compile(rf"(?P<m>{_NAMED})[a-z]*\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})"),
)
_FIRST, _LAST = 1850, 2100
_OLD_ENOUGH = 10
"""Years ago that a date has to be, to be one that somebody may have been born on, though nothing says so."""


def as_date(written: str) -> date | None:
    """The day that `written` stands for, or None; of two digits of a year those after 30 are of the last century."""
    for form in _FORMS:
        if found := form.fullmatch(written.lower()):
            month = found["m"]
            year = int(found["y"])
            year += (1900 if year > 30 else 2000) if year < 100 else 0
            try:
                return date(year, int(month) if month.isdigit() else _MONTHS[month], int(found["d"]))
            except ValueError:
                return None
    return None


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """The day somebody was born, or one long ago on which somebody may have been."""
    if before[-1:] in ("-", "/") or after[:1] in ("-", "/"):
        return None
    day = as_date(candidate)
    if day is None or not _FIRST <= day.year < _LAST:
        return None
    if called(before, after, _LABEL):
        return Judged(day.isoformat(), Confidence.CONTEXT)
    return Judged(day.isoformat(), Confidence.VALID) if day.year <= date.today().year - _OLD_ENOUGH else None


WRITTEN = (
    r"\b(?:\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|\d{{1,2}}(?:e|st|nd|rd|th)?[ -](?:of )?(?:{_NAMED})[a-z]*\.?[ -](?:\d{{4}}|\d{{2}})"
    rf"|(?:{_NAMED})[a-z]*\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})\b"
)
"""Pattern of a date, capitals ignored."""
DETECTOR = Detector("date-of-birth", f"(?i){WRITTEN}", judge, Confidence.CONTEXT)
