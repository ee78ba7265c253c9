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
>>> judge("", "Fleur de Wit", ", 31 jaar").confidence, judge("", "Fleur de Wit", ". Dag").confidence
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
    LEADS,
    OWNERS,
    SHAPE,
    STATE,
    SUBJECT,
    TITLED,
    VERBS,
    glance,
    is_known,
    typed_small,
)
from zegel.policy.detectors.person_office import acts, is_addressed, is_contact, signs

_OF_WHOM = re.compile(
    r"(?:\b(?:voor|van|bij|over|met|naar|inzake|betreft|betreffende|m\.?b\.?t\.?|dossier|casus|naam|re|ref|patient|"
    r"for|about|regarding|concerning|"
    r"bei|uber|von|pour|chez)\b)\W{0,3}$",
    re.IGNORECASE,
)
_WORK_VERBS = (
    r"komt|belt|loopt|vergeet|stopt|said|told|came|went|kam|kann|muss|a|est|va|"
    r"doet|zegt|zei|start|uit|vindt|gaat|staat|vertelt|vertelde|laat|liet|blijft|gaf|belde|reageert|has|is"
)
_SAID_OF_HIM = re.compile(
    rf"(?:,| \([^)\n]{{1,12}}\))? (?!(?:{_WORK_VERBS}) )(?:{VERBS})\b|,? (?:is|has) (?!de|the|a|an|onze|our)\w"
)
_DOES_OR_HAS = re.compile(rf" (?:{VERBS})\b")
_SURELY_ILL = (
    "zit thuis|is ziek|is opgenomen|is gevallen|wordt geopereerd|is geopereerd|slikt|lijdt|is zwanger|is verslaafd|"
    "is verward|is ziekgemeld|was admitted|is off sick|suffers|leidet"
)
_TIME = "jaar|jr|j|years?|yrs?|y|ans|Jahre|maanden|mnd|weken|wkn|months?|weeks?|mois|Monate"
_AGE = rf"\(?\s?\d{{1,3}}(?:;\d\d?)?\s?(?:{_TIME})?\b"
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
_TAIL = re.compile(
    r"(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )$|, ?\d{1,2} ?[A-Za-z]+$|"
    r"(?<=[a-z])(?:: [A-Za-z0-9]| [a-z0-9])$"
)
"""What belongs to what follows the name, though it stands in the shape: it says that a name alone ends there."""
_SICK = re.compile(
    r" (?:heeft (?!nog|vragen)|krijgt|kreeg|ligt|slikt|had|has (?!joined|been appointed|worked)|"
    r"is (?:(?:weer|ernstig|langdurig|opnieuw|sinds \w+|al \w+) )?"
    r"(?:ziek|opgenomen|gevallen|overleden|uitgevallen|zwanger))\b|"
    r",? (?:al )?(?:sinds|bekend met|lijdt|klaagt) |: ?(?:\d|[a-z]+ [a-z])"
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
_YEAR = re.compile(
    r"[\s,(]{1,3}(?:(?:bj|jg|jahrgang|geb(?:oren)?|geboortejaar|geb\.? ?jaar|born|nee? en|geboren in)\.? ?(?:in )?"
    r"(?:19|20)\d\d|\* ?(?:19|20)\d\d|bj\.? ?'?\d\d)\b",
    re.IGNORECASE,
)
"""Behind a name: the year of birth, called so."""
_BARE_YEAR = re.compile(r" \((?:19[2-9]\d|20[01]\d)\)(?! ?[A-Z])")
_ALONE = re.compile(
    r"(?P<front>(?:(?:re|aw|fwd?|antw|betr|betreft)[:.] ?)*(?:(?:onze|ons|our|mijn|my|notre|unsere?) )?)"
    r"(?-i:[A-Z][a-z]+)(?:-(?-i:[A-Z])[a-z]+)?[ .!?]*",
    re.IGNORECASE,
)
_SMALL_WORDS = (
    "aan als belt bij dan dat de die dit doet door een en er gaat geen geeft had hebben heeft het hier hoort ik in "
    "is je kan komt kon krijgt liever maar mag met mij mijn moet na naar nee niet nog nu of om ook op over per te "
    "toch tot uit uw van vond voor vraagt waar want was wat we wel werd wie wij wil wordt zal zei zeer zegt zich zij "
    "zijn zou zo zonder kunnen kunt willen wilt zullen dank bedankt hierbij graag allen anderen beiden beide "
    "president voorzitter wethouder burgemeester minister directeur dokter doktor professor und oder ist hat der "
    "die das mit von zu im am auf sagt wird hatte kommt bitte vielen and or has had will would can is the who whom "
    "with said et ou est les une des qui pour avec collega collegas heren dames heer mevrouw meneer mijnheer jurist "
    "adviseur manager medewerker arts"
)
_NO_SURNAME = frozenset(_SMALL_WORDS.split())
_PREFIXES = "de den der van von uit op in te ter ten het la le el al du des del di da zu zum vd bij aan"
_PREFIX_WORDS = frozenset(_PREFIXES.split())
"""What follows "mevrouw" where no name does; names without capitals are only believed when they are none of these."""
_LEAD = re.compile(rf"(?:{'|'.join(LEADS.split())}) (?=[A-Z])", re.IGNORECASE)
_WORD_AND_LEAD = re.compile(r"[A-Z][a-z'-]+ (?:van|voor|over|bij|met|op|uit) (?=[A-Z][a-z])")
_SENTENCE_BEFORE = re.compile(rf"(?=[A-Za-z]{{6}})(?i:{SUBJECT})\.\s+")
"""A sentence that ends in "patient" or "leerling", in front of a name that begins the next; "pt." is short for it."""
_FAMILY = re.compile(r"[Tt]he \S+(?: \S+)? (?:children|family|siblings|twins|kids|boys|girls)$")
_NAMELESS = (
    "nummer number bsn geboren geb straat adres datum telefoon tel naam afdeling groep klas team week kamer id "
    "code dossier"
)
_NOT_A_NAME = frozenset(_NAMELESS.split())
_FIRMS = "ltd limited inc incorporated gmbh bv nv llc llp corp corporation plc sarl company stores"
_COMPANIES = frozenset(_FIRMS.split())
"""What the name of a firm ends in."""
_END_OF_A_NAME = re.compile(rf"(?:[A-Z]\.|\b(?i:{_PREFIXES.replace(' ', '|')})|[a-z] [A-Z][a-z'-]+) $")
"""In front of what is the surname of somebody: "R. ter Horst en"."""
_VAN = re.compile(r"van (?:de[nr]? |'t )?[A-Z]", re.IGNORECASE)
"""A surname alone that begins with "Van"; others are not told from places and firms."""
_OLD_ENOUGH = 2
"""Years ago that a date without a word has to be, to be one that somebody was born on."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """Whom the name in `candidate` means, and whether they are spoken of."""
    if _ALONE.fullmatch(candidate):
        return None if before or after else _subject(candidate)
    if small := typed_small(candidate):
        return None if signs(before) else Judged(small, Confidence.VALID, 0, len(small))
    size = -1
    if tail := _TAIL.search(candidate):
        if candidate[tail.start()] in " :" and _END_OF_A_NAME.search(before[-24:]):
            return None
        size = tail.start()
        candidate, after = candidate[:size], candidate[size:] + after
    if ended := _SENTENCE_BEFORE.match(candidate):
        rest = candidate[ended.end() :]
        judged = _named(before + ended[0], rest, after, -1) if is_known(rest) and size < 0 else None
        return judged and Judged(judged.value, judged.confidence, ended.end() + judged.start, judged.size)
    named = is_known(candidate) or _TITLE.match(candidate)
    lead = _LEAD.match(candidate) or (None if named else _WORD_AND_LEAD.match(candidate))
    if not lead:
        return _named(before, candidate, after, size)
    begin, name = lead.end(), candidate[lead.end() :]
    if re.fullmatch(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)?", name):
        if not is_known(name) or name in ALSO_WORDS or re.match(r"[-@\w]| [A-Z]", after):
            return None
        return Judged(name.lower(), Confidence.VALID, begin, len(name))
    judged = _named(before + candidate[:begin], name, after, size)
    return judged and Judged(judged.value, judged.confidence, begin + judged.start, judged.size)


def _named(before: str, candidate: str, after: str, size: int) -> Judged | None:
    """Whom a name means that stands behind nothing that belongs to it."""
    if _FAMILY.match(candidate):
        return Judged(candidate.lower(), Confidence.CONTEXT)
    title = _TITLE.match(candidate)
    kin = _KINDRED.match(candidate)
    in_class = _IN_CLASS.search(candidate)
    said = in_class or _SAID.search(candidate)
    if said and not kin and (title is None or said.start() > title.end()):
        size, candidate, after = said.start(), candidate[: said.start()], candidate[said.start() :] + after
    else:
        said = None
    name = " ".join(candidate[title.end() if title else 0 :].strip(" ,:.(\n").lower().split())
    if (
        not name
        or name.split()[0] in _NOT_A_NAME
        or name.split()[-1] in _COMPANIES
        or before[-1:] in ("@", "/", "_", ".")
    ):
        return None
    if candidate[-1:].islower() and title and not re.search("[A-Z]", candidate[title.end() :]):
        last = name.split()[-1]
        if last in _NO_SURNAME or name.split()[0] in _NO_SURNAME - _PREFIX_WORDS:
            return None
    aged = candidate.endswith("(")
    if aged and not _AGED.match(" (" + after) and not _YEAR.match(" (" + after):
        if inside := _CLASS_INSIDE.match(after):
            in_class = inside
        else:  # what is in the brackets says nothing of them
            size = len(candidate.rstrip(" ("))
            aged, after, candidate = False, candidate[size:] + after, candidate[:size]
    if signs(before):
        return None
    if (
        kin
        or in_class
        or _born_or_aged((" (" if aged else "") + after)
        or _YEAR.match((" (" if aged else "") + after[:40])
        or (_INITIALLED.search(candidate) and _BARE_YEAR.match(after))
        or _PUPIL.match(after)
        or _SEX_AND_AGE.search(before[-24:])
    ):
        return Judged(name, Confidence.CONTEXT, 0, size)
    known = is_known(candidate)
    alone = " " not in candidate.strip(" (")
    if title is None and not known and not _INITIALLED.search(candidate):
        return Judged(name, Confidence.VALID, 0, size) if _VAN.match(candidate) and _OF_WHOM.search(before) else None
    at_home = not alone and _AT_HOME.match(after[:60]) is not None
    spoken = said is not None or _DOES_OR_HAS.match(after[:40]) is not None
    greeted = spoken and before.rstrip().endswith(",")  # "Hi, Oliver won't come"
    addressed = not at_home and not greeted and is_addressed(before)
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


def _subject(text: str) -> Judged | None:
    """Who a text that is nothing but a name names, such as the subject "Re: Sophie"."""
    found = _ALONE.match(text)
    begin = found.end("front") if found else 0
    name = text[begin:].rstrip(" .!?")
    if not is_known(name) or name in ALSO_WORDS:
        return None
    return Judged(name.lower(), Confidence.VALID, begin, len(name))


def _is_told_of(before: str, after: str) -> bool:
    """Whether the words around a full name are about its bearer: "voor …", "… heeft", or a line that begins with it."""
    if _OF_WHOM.search(before[-24:]) or _SAID_OF_HIM.match(after[:40]) or after[:1] == ":":
        return True
    return before[-1:] in ("", "\n") and re.match(r"(?: \(\w+\))? ?[,:;(]", after) is not None


def _born_or_aged(after: str) -> bool:
    """Whether a birth date or an age follows."""
    if _AGED.match(after[:20]) and re.match(
        r"\W{1,3}\d{1,3}(?:;\d+)?(?:\)|\s?(?:jaar|jr|j\b|y|ans|Jahre|mnd|maand|we?ke?n|month|week|mois|Monat))", after
    ):
        return True
    found = _BEHIND.match(after[:80])
    day = as_date(found["date"]) if found else None
    if found is None or day is None:
        return False
    return bool(found["called"]) or day.year <= date.today().year - _OLD_ENOUGH


DETECTOR = Detector("person", SHAPE, judge, Confidence.CONTEXT, glance=glance, most=3_000, columns=False, apart=True)
