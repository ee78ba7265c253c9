"""A person who is spoken of: the patient, the client, the pupil; not who writes, is addressed, or holds an office.

In context is who has a title and a name ("mevrouw De Vries", "Mr Collins"), is called a patient, client or pupil, has
a birth date, an age, a class or an address behind the name, is a relative ("mijn zoon Thijs"), or has a full name and
words around it that speak of somebody ("voor Jan de Vries", "Jan de Vries heeft"). Right, and no more than that, is any
other name: a known first name with a surname or a verb, initials with a surname. Who signs, is addressed, has a
profession or an office beside the name, or acts as people do in minutes is nobody.

>>> judge("Betreft ", "mevrouw H. van der Meulen", ", 14-06-1952")
Judged(value='h. van der meulen', confidence=<Confidence.CONTEXT: 2>, start=0, size=-1)
>>> judge("Geachte ", "heer Prins", ",") is judge("", "de heer Sanders", " meldt dat") is None
True
>>> judge("", "Fleur de Wit", ", 31 jaar").confidence, judge("", "Fleur de Wit", " komt").confidence
(<Confidence.CONTEXT: 2>, <Confidence.VALID: 1>)
>>> judge("", "mevrouw De Bruin", " (voorzitter)") is None
True
>>> judge("Met vriendelijke groet,\\n", "P. Dijkstra", "\\nhuisarts") is None
True
"""

from __future__ import annotations

import re
from datetime import date

from zegel.policy.detectors.base import Confidence, Detector, Judged
from zegel.policy.detectors.birth import WRITTEN, as_date
from zegel.policy.detectors.person_names import (
    ALSO_WORDS,
    CALLED,
    INITIALS,
    KIN,
    OWNERS,
    SHAPE,
    STATE,
    TITLED,
    VERBS,
    glance,
    is_known,
)
from zegel.policy.detectors.person_office import acts, is_addressed, is_contact, signs

_OF_WHOM = re.compile(
    r"(?:\b(?:voor|van|bij|over|met|naar|inzake|betreft|betreffende|m\.?b\.?t\.?|dossier|casus|naam|re|ref|patient|"
    r"for|about|regarding|concerning|"
    r"bei|uber|von|pour|chez)\b)\W{0,3}$",
    re.IGNORECASE,
)
_WORK_VERBS = r"doet|zegt|zei|start|uit|vindt|gaat|staat|vertelt|vertelde|laat|liet|blijft|gaf|belde|reageert|has|is"
_SAID_OF_HIM = re.compile(
    rf"(?:,| \([^)\n]{{1,12}}\))? (?!(?:{_WORK_VERBS}) )(?:{VERBS})\b|,? (?:is|has) (?!de|the|a|an|onze|our)\w"
)
_SURELY_ILL = (
    "zit thuis|is ziek|is opgenomen|is gevallen|wordt geopereerd|is geopereerd|slikt|lijdt|is zwanger|is verslaafd|"
    "is verward|is ziekgemeld|was admitted|is off sick|suffers|leidet"
)
_AGE = r"\(?\s?\d{1,3}(?:;\d\d?)?\s?(?:jaar|jr|j|years?|yrs?|y|ans|Jahre|maanden|mnd)?\b"
_BEHIND = re.compile(
    rf"[\s,;:(|/-]{{0,4}}(?:[mvMV]\b|\((?:m|v|man|vrouw|M|V)\))?[\s,;:(|/-]{{0,4}}"
    rf"(?:(?P<called>geb(?:oren|\.|oortedatum)?(?: ?datum)?(?: op)?|born(?: on)?|dob|d\.o\.b\.?|date of birth|"
    rf"nee?? le|ne le|geb\. am|geboren am|\*)[:. ]{{0,3}})?(?P<date>{WRITTEN})",
    re.IGNORECASE,
)
_AGED = re.compile(rf"[ ,]{{1,2}}{_AGE}(?:\)(?!: ?\d)|,|\s|$)", re.IGNORECASE)
_PUPIL = re.compile(
    r" (?:uit|van|from|in) (?:groep|klas|class|year|grade) ?\d|\s(?:uit|van) \d ?[A-Z]\b| \((?:groep|klas) ?\w|"
    r" \(?(?-i:[1-6][A-Z][a-z]?|[1-6] ?(?:havo|vwo|vmbo|mavo|gymnasium))\b",
    re.I,
)
_TAIL = re.compile(r"(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )$")
_SICK = re.compile(
    r" (?:heeft|krijgt|kreeg|is (?:weer |ernstig |langdurig )?(?:ziek|opgenomen|gevallen|overleden|zwanger)|ligt|"
    r"slikt|has|had)\b"
)
_AT_HOME = re.compile(
    r",? (?:\(?(?:wonende|adres:?) )?[A-Z][a-z' -]{2,30}(?:straat|laan|weg|plein|dreef|hof|singel|kade|gracht|pad|"
    r"dijk|steeg) \d",
    re.IGNORECASE,
)
"""Behind a name: an address, as of somebody who is visited or gets something at home."""
_SEX_AND_AGE = re.compile(
    r"\b(?:man|vrouw|m|v|male|female|jongen|meisje|jongetje|dame)[ ,(]{1,3}\d{1,3}(?: ?(?:jaar|jr|y|yo))?[ ,):]{1,3}$",
    re.IGNORECASE,
)
_IN_CLASS = re.compile(r",? (?:uit )?(?:groep|klas) \d$")
_CLASS_INSIDE = re.compile(
    r"\s?(?:groep|klas|year|class|grade)?\s?\d\s?[a-zA-Z]?\)(?!:)|\d ?(?:havo|vwo|vmbo|mavo|mbo|gym)\w*\)"
)
_SAID = re.compile(rf" (?:{STATE}|{VERBS})$|'s [a-z]$")
_INITIALLED = re.compile(rf"(?:^|[ (]){INITIALS}|, ?[A-Z]\.|[A-Z]\.$")
_TITLE = re.compile(rf"(?i:{TITLED})[\s]|(?i:{CALLED})[:,.\s]")
_ANY_KIN, _ANY_OWNER = "|".join(KIN.split()), "|".join(OWNERS.split())
_KINDRED = re.compile(rf"(?i:(?:{_ANY_OWNER}) (?:{_ANY_KIN})\b|(?:{_ANY_KIN}) (?:van|of|de|von) )")
_NAMELESS = (
    "nummer number bsn geboren geb straat adres datum telefoon tel naam afdeling groep klas team week kamer id "
    "code dossier"
)
_NOT_A_NAME = frozenset(_NAMELESS.split())
_OLD_ENOUGH = 2
"""Years ago that a date without a word has to be, to be one that somebody was born on."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """Whom the name in `candidate` means, and whether they are spoken of."""
    size = -1
    if tail := _TAIL.search(candidate):
        size = tail.start()
        candidate, after = candidate[:size], candidate[size:] + after
    title = _TITLE.match(candidate)
    kin = _KINDRED.match(candidate)
    in_class = _IN_CLASS.search(candidate)
    said = in_class or _SAID.search(candidate)
    if said and not kin and (title is None or said.start() > title.end()):
        size, candidate, after = said.start(), candidate[: said.start()], candidate[said.start() :] + after
    else:
        said = None
    name = " ".join(candidate[title.end() if title else 0 :].strip(" ,:.(\n").lower().split())
    if not name or name.split()[0] in _NOT_A_NAME or before[-1:] in ("@", "/", "_", "."):
        return None
    aged = candidate.endswith("(")
    if aged and not _AGED.match(" (" + after):
        if not (inside := _CLASS_INSIDE.match(after)):
            return None
        in_class = inside
    if signs(before):
        return None
    if (
        kin
        or in_class
        or _born_or_aged((" (" if aged else "") + after)
        or _PUPIL.match(after)
        or _SEX_AND_AGE.search(before[-24:])
    ):
        return Judged(name, Confidence.CONTEXT, 0, size)
    known = is_known(candidate)
    alone = " " not in candidate.strip(" (")
    if title is None and not known and not _INITIALLED.search(candidate):
        return None
    at_home = not alone and _AT_HOME.match(after[:60]) is not None
    addressed = not at_home and is_addressed(before)
    ill = (not alone or known) and re.match(rf" (?:{_SURELY_ILL})\b", after) is not None
    told = at_home or (not alone and _is_told_of(before, after))
    if alone and candidate in ALSO_WORDS and title is None:
        return None
    if addressed:
        return None
    if not at_home and acts(before, candidate, after):
        return Judged(name, Confidence.VALID, 0, size) if ill or _SICK.match(after) else None
    if title is None and is_contact(after):
        return None
    spoken_of = title is not None or ill or told
    return Judged(name, Confidence.CONTEXT if spoken_of else Confidence.VALID, 0, size)


def _is_told_of(before: str, after: str) -> bool:
    """Whether the words around a full name are about its bearer: "voor …", "… heeft", or a line that begins with it."""
    if _OF_WHOM.search(before[-24:]) or _SAID_OF_HIM.match(after[:40]) or after[:1] == ":":
        return True
    return before[-1:] in ("", "\n") and re.match(r"(?: \(\w+\))? ?[,:;(]", after) is not None


def _born_or_aged(after: str) -> bool:
    """Whether a birth date or an age follows."""
    if _AGED.match(after[:20]) and re.match(
        r"\W{1,3}\d{1,3}(?:;\d+)?(?:\)|\s?(?:jaar|jr|j\b|y|ans|Jahre|mnd|maand))", after
    ):
        return True
    found = _BEHIND.match(after[:80])
    day = as_date(found["date"]) if found else None
    if found is None or day is None:
        return False
    return bool(found["called"]) or day.year <= date.today().year - _OLD_ENOUGH


DETECTOR = Detector("person", SHAPE, judge, Confidence.CONTEXT, glance=glance, most=3_000, columns=False, apart=True)
