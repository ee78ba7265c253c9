"""A person who is spoken of: the patient, the client, the pupil; not who writes, is addressed, or holds an office.

In context is who has a title and a name ("mevrouw De Vries", "Mr Collins"), is called a patient, client or pupil, has
a birth date or an age behind the name, or is a relative ("mijn zoon Thijs"). Right, and no more than that, is a
name alone: a known first name with a surname, initials with a surname; the salutation of a letter; a name with a
profession or an office beside it, or that acts as people do in minutes. Who signs is nobody. The first names and the
prefixes of surnames are lists that ship: firstnames.nl, surnameprefixes.nl.

>>> judge("Betreft ", "mevrouw H. van der Meulen", ", 14-06-1952")
Judged(value='h. van der meulen', confidence=<Confidence.CONTEXT: 2>, start=0, size=-1)
>>> judge("Geachte ", "heer Prins", ",").confidence, judge("", "de heer Sanders", " meldt dat").confidence
(<Confidence.VALID: 1>, <Confidence.VALID: 1>)
>>> judge("", "Fleur de Wit", ", 31 jaar").confidence, judge("", "Fleur de Wit", " komt").confidence
(<Confidence.CONTEXT: 2>, <Confidence.VALID: 1>)
>>> judge("", "mevrouw De Bruin", " (voorzitter)").confidence
<Confidence.VALID: 1>
>>> judge("Met vriendelijke groet,\\n", "P. Dijkstra", "\\nhuisarts") is None
True
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from zegel.policy.detectors.base import Confidence, Detector, Judged
from zegel.policy.detectors.birth import WRITTEN, as_date

_TITLES = (
    "mevrouw mevr mw mej mejuffrouw dhr heer meneer mijnheer fam familie gezin mrs ms miss mister mr herr herrn frau "
    "monsieur madame mme mlle"
)
_SUBJECTS = (
    "patient patiente patienten pt client cliente clienten bewoner bewoonster leerling leerlinge pupil kind zoon "
    "dochter verzekerde betrokkene werknemer werkneemster medewerker medewerkster zwangere verdachte "
    "slachtoffer inwoner inwoonster belanghebbende aanvrager aanvraagster jongere patientin klient "
    "klientin schuler schulerin mandant mandantin eleve gezinslid casus naam"
)
"""Who is called so is spoken of; the names that stand behind "naam:" in a form are too."""
_KIN = (
    "zoontje zoon dochtertje dochter moeder vader man vrouw echtgenoot echtgenote partner broer broertje zus zusje opa "
    "oma schoonmoeder schoonvader tante oom neefje nichtje kleinzoon kleindochter pleegzoon pleegdochter son daughter "
    "mother father husband wife brother sister grandmother grandfather stepson stepdaughter sohn tochter mutter vater "
    "mann ehemann ehefrau bruder schwester fils fille mere pere mari epouse frere soeur"
)
_OWNERS = "mijn je jouw zijn haar hun onze my his her our their mein meine meinem meiner sein seine ihr ihre mon ma sa"
_LISTS = Path(__file__).parents[1] / "search" / "lists"


def _listed(name: str) -> list[str]:
    """The entries of a list that ships."""
    return [line for line in (_LISTS / f"{name}.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]


_PREFIXES = "|".join(sorted({word for prefix in _listed("surnameprefixes.nl") for word in prefix.split()}))
_KNOWN = frozenset(_listed("firstnames.nl"))
_FIRST_NAMES = "|".join(map(re.escape, sorted(_KNOWN)))

_SURNAME = r"[A-Z][A-Za-z'-]+(?:[ -][A-Z][a-z'-]+)?"
_PREFIXED = rf"(?:(?i:{_PREFIXES})[ ]){{0,3}}{_SURNAME}"
_INITIALS = r"(?:[A-Z]\.[ -]?(?:[a-z]\.)?){1,5}"
_NAME = rf"(?:(?:{_INITIALS}|[A-Z][a-z]+)[ ]?(?:\([A-Z][a-z]+\) )?){{0,2}}{_PREFIXED}"
_TITLED = rf"(?:de )?(?:{'|'.join(_TITLES.split())})\b\.?(?: (?:dr|drs|ir|ing|prof|mr)\.?)?"
_CALLED = rf"(?:{'|'.join(_SUBJECTS.split())})(?:[ ](?:is|was|heet|dhr\.?|mw\.?|mevr\.?|mevrouw|de heer))?"
_STATE = (
    "zit thuis|is ziek|ligt|is opgenomen|is gevallen|wordt geopereerd|is geopereerd|slikt|gebruikt|lijdt|is zwanger|"
    "is overleden|is verslaafd|is verward|kreeg|krijgt|is gezien|is bekend|is ziekgemeld|heeft zich|heeft vandaag|"
    "heeft vannacht|heeft weer|heeft gisteren|heeft een|is met|mist|suffers|was admitted|is on sick|is off sick|leidet"
)
"""What is said of somebody who is ill, right behind the name."""
_SURELY_ILL = (
    "zit thuis|is ziek|is opgenomen|is gevallen|wordt geopereerd|is geopereerd|slikt|lijdt|is zwanger|is verslaafd|"
    "is verward|is ziekgemeld|was admitted|is off sick|suffers|leidet"
)
_AGE = r"\(?\s?\d{1,3}(?:;\d\d?)?\s?(?:jaar|jr|j|years?|yrs?|y|ans|Jahre|maanden|mnd)?\b"
_SHAPE = "|".join(
    (
        rf"(?i:\b{_TITLED})[ \n]{{1,2}}{_NAME}",
        rf"(?i:\b{_CALLED})[:,. \n]{{1,3}}{_NAME}",
        rf"(?i:\b(?:{'|'.join(_OWNERS.split())})[ ](?:{'|'.join(_KIN.split())})\b)(?:[ ,][A-Z][a-z]+)?",
        rf"(?i:\b(?:{'|'.join(_KIN.split())}) (?:van|of|de|von)) [A-Z][a-z]+\b",
        rf"\b{_INITIALS}[ ]?{_PREFIXED}",
        rf"\b(?:{_FIRST_NAMES})\b(?:(?:[ ][A-Z]\.)?[ ]{_PREFIXED}|(?:[ ][A-Z]\.?)?[ ]?\(|[ ](?:{_STATE}))",
        rf"\b[A-Z][a-z'-]+ {_PREFIXED}(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )",
        rf"\b[A-Z][A-Za-z'-]+, ?(?:[A-Z]\. ?){{1,4}}(?:(?i:{_PREFIXES})\b ?){{0,3}}",
    )
)
_SALUTED = re.compile(
    r"(?:\b(?:geachte|beste|dear|hallo|hoi|dag|goedemorgen|goedemiddag|goedenavond|lieve|hi|hello|hey|"
    r"sehr geehrter?|guten tag|lieber?|chere?|bonjour|waarde|aan|to|t\.a\.v\.?|tav|attn\.?|an|cc)[:,]?|"
    r"\b(?:dear|geachte) (?:dr|prof|drs)\.?) {0,2}$",
    re.IGNORECASE,
)
_ROLE = (
    r"[a-z-]*(?:arts|loog|loge|therapeute?|specialist|adviseur|adviseuse|manager|leider|leidster|begeleider|iater|"
    r"verpleegkundige?|consulente?|coordinator|medewerk(?:er|ster)|assistente?|docente?|leraar|lerares|jurist|"
    r"advocate?|secretaris|secretaresse|directeur|directrice|bestuurder|wethouder|burgemeester|voorzitter|"
    r"penningmeester|notulist|notulen|woordvoerder|raadslid|onderzoeker|promovendus|hoogleraar|apotheker|tandarts|"
    r"psycholoog|planner|controleur|redacteur|projectleider|planner|trainer|monteur|accountant|makelaar|notaris|"
    r"chair|nurse|sister|consultant|surgeon|director|manager|teacher|professor|lecturer|officer|spokesperson|"
    r"physician|therapist|engineer|editor|secretary|treasurer|minutes|arztin|leiter|leiterin|referent|referentin|"
    r"medecin|infirmiere|directeur|responsable|magazijn|administratie|huismeester|aannemer|wijkagent|"
    r"inkoop|inkoper|vrijwilliger|dirigent|stagiaire?|deskundige|begeleidster|ouderling|laboratorium|lid)"
)
_PROFESSION_AFTER = re.compile(
    rf"\s{{0,2}}[,(|/-]{{1,2}}\s{{0,2}}(?:(?:de|onze|een|als|van|plaatsvervangend|klinisch|gz|senior|ing\.|MSc|MD),? ?"
    rf"){{0,2}}(?:{_ROLE}\b|(?:VVD|PvdA|CDA|D66|GroenLinks|SP|PVV|NSC|BBB|ChristenUnie|SGP|Volt|MD|PhD|RN)\b)",
    re.IGNORECASE,
)
_HOUSE_AFTER = re.compile(
    r" (?:van|bij|namens|from|of|at) (?:de |het |onze |the |our )?(?:afdeling|team|firma|bedrijf|aannemer|"
    r"leverancier|gemeente|fabrikant|redactie|administratie|inkoop|communicatie|directie|helpdesk|ict|bestuur|vakgroep|universiteit|provincie|"
    r"verzekeraar|department|supplier|company|board|council|university|office)\b",
    re.IGNORECASE,
)
_ONE_OF_SEVERAL = re.compile(rf"(?:{_INITIALS}[ ]?|[A-Z][a-z]+ ){_PREFIXED}(?:,| en| and| und| et) $")
_OFFICE_BEFORE = re.compile(
    rf"(?:\b{_ROLE}|\b(?:contactpersoon|contact|contact met|bel|mail|meld je bij|aanmelden bij|vragen|vragen aan|"
    r"namens|door|sprekers?|met dank aan|collega|collega's|verslag|gemeld door|stuur naar|leverancier|ontwikkelaar|"
    r"auditor|interview met|opmerkingen van|inbreng van|advies van|"
    r"presentatie van|lezing van|vraag van|gesprek met|aanwezig|afwezig|present|absent|actie|action|"
    r"presented by|by|from|"
    r"drs?|prof|mr|ing|ir|juf|meester|"
    r"dokter|dr|professor|minister|koning|prins|rector|broeder|zuster|oud-collega|oud-bestuurslid|student|"
    r"studente|opening|dank aan))[.:,]? {0,2}(?:(?:dr|drs|prof|ir|ing|mr)\.? ?){0,3}$",
    re.IGNORECASE,
)
_ASKED_TO = re.compile(r"\b(?:kan|wil|zou|laat|can|could|will|would)\s$", re.IGNORECASE)
_HOLDS_OFFICE = re.compile(
    rf" (?:is|wordt|was|als|werkt als) (?:onze |de |een |our |the |an? )?(?:nieuwe |new )?(?!lid\b){_ROLE}\b",
    re.IGNORECASE,
)
_ASK_THERE = re.compile(
    r"\b(?:aanmeld|meld|sollicite|opgeven|inschrij|terecht|informatie|vragen|verkrijgbaar|ophalen|inlever|afhalen|bestel|"
    r"contact|apply|register|enquir|information|call|more)[^.!?\n]{0,60}(?:bij|at|with|from|to)\s(?:de )?$",
    re.IGNORECASE,
)
_DOES = (
    "meldt|vraagt|antwoordt|licht (?:toe|de|het)|geeft|geven|doet de|"
    "vertelt|legt uit|zegt|stelt voor|bespreekt|merkt op|"
    "opent|sluit|dankt|bedankt|schreef|schrijft|spreekt|debatteert|hebben de|heeft nog|verzorgt|bericht|adviseert|"
    "presenteert|reported|asked|said|says|presents|presented|will present|explains|thanked|chairs|opens|notes|noted|"
    "suggested|proposed|teilt|fragt|berichtet|erklart|presente|presentera|explique"
)
_AND_ANOTHER = r"(?:ook|zelf|graag|nog|dan|kort|en (?:de heer|mevrouw|dhr\.?|mw\.?) \S+(?: \S+)?) "
_ACTS = re.compile(rf",? (?:{_AND_ANOTHER})?(?:{_DOES})\b", re.IGNORECASE)
_SIGNED = re.compile(
    r"(?:\b(?:groet(?:en|jes)?|groetend|mvg|liefs|hoogachtend)\b[^\n]{0,12}\s{1,4}[^\n]{0,40}"
    r"|\b(?:groet(?:en|jes)?|mvg|regards|sincerely|faithfully|wishes|grussen?|gruss|cordialement|confraternellement|"
    r"salutations|hoogachtend|namens de|liefs|bedankt|thanks|dank)\b[^\n]{0,30}\n\s{0,3}[^\n]{0,60})$",
    re.IGNORECASE,
)
_ATTENDANCE = re.compile(
    r"^\W{0,3}(?:aanwezig(?:en)?|afwezig|present|attendees|deelnemers|afgemeld|sprekers|speakers|team|van|from|aan|to|cc)"
    r"\b[^\n]{0,200}$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"[\s,;:(|/-]{{0,4}}(?:[mvMV]\b|\((?:m|v|man|vrouw|M|V)\))?[\s,;:(|/-]{{0,4}}"
    rf"(?:(?P<called>geb(?:oren|\.|oortedatum)?(?: ?datum)?(?: op)?|born(?: on)?|dob|d\.o\.b\.?|date of birth|"
    rf"nee?? le|ne le|geb\. am|geboren am|\*)[:. ]{{0,3}})?(?P<date>{WRITTEN})",
    re.IGNORECASE,
)
_AGED = re.compile(rf"[ ,]{{1,2}}{_AGE}(?:\)(?!:)|,|\s|$)", re.IGNORECASE)
_PUPIL = re.compile(
    r" (?:uit|van|from|in) (?:groep|klas|class|year|grade) ?\d|\s(?:uit|van) \d ?[A-Z]\b| \((?:groep|klas) ?\w", re.I
)
_TAIL = re.compile(r"(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )$")
_AGE_SAID = re.compile(r"\W{1,3}\d{1,3}(?:;\d+)?(?:\)(?!:)|\s?(?:jaar|jr|j\b|y|ans|Jahre|mnd|maand))")
_TITLE = re.compile(rf"(?i:{_TITLED})[\s]|(?i:{_CALLED})[:,.\s]")
_ANY_KIN, _ANY_OWNER = "|".join(_KIN.split()), "|".join(_OWNERS.split())
_KINDRED = re.compile(rf"(?i:(?:{_ANY_OWNER}) (?:{_ANY_KIN})\b|(?:{_ANY_KIN}) (?:van|of|de|von) )")
_NAMELESS = "nummer number bsn geboren geb straat adres datum telefoon tel naam afdeling kamer id code dossier"
_NOT_A_NAME = frozenset(_NAMELESS.split())
_OLD_ENOUGH = 2
"""Years ago that a date without a word has to be, to be one that somebody was born on."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """Whom the name in `candidate` means, and whether he is spoken of."""
    size = -1
    if tail := _TAIL.search(candidate):
        size = tail.start()
        candidate, after = candidate[:size], candidate[size:] + after
    title = _TITLE.match(candidate)
    kin = _KINDRED.match(candidate)
    name = " ".join(candidate[title.end() if title else 0 :].strip(" ,:.(\n").lower().split())
    if not name or name.split()[0] in _NOT_A_NAME or before[-1:] in ("@", "/", "_", "."):
        return None
    aged = candidate.endswith("(")
    if state := re.search(rf" (?:{_STATE})$", candidate):
        size, name = state.start(), name[: -len(state[0])].strip() or name
        candidate, after = candidate[:size], candidate[size:] + after
    if aged and not _AGED.match(" (" + after):
        return None
    if _SIGNED.search(before[-120:]):
        return None
    if aged or kin or _born_or_aged(after) or _PUPIL.match(after):
        return Judged(name, Confidence.CONTEXT, 0, size)
    ill = " " in candidate and re.match(rf" (?:{_SURELY_ILL})\b", after) is not None
    spoken_of = (title is not None or ill or kin is not None) and not _acts(before, candidate, after)
    if size >= 0 and name.split()[0].capitalize() not in _KNOWN:
        return None
    return Judged(name, Confidence.CONTEXT if spoken_of else Confidence.VALID, 0, size)


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


def _acts(before: str, candidate: str, after: str) -> bool:
    """Whether he is addressed, or is there because of his office."""
    line = before[-240:].rpartition("\n")[2]
    return bool(
        _ASKED_TO.search(before[-20:])
        or _HOLDS_OFFICE.match(after[:60])
        or _SALUTED.search(before[-40:])
        or _OFFICE_BEFORE.search(before[-60:])
        or _ASK_THERE.search(before[-90:])
        or _PROFESSION_AFTER.match(after[:60])
        or _HOUSE_AFTER.match(after[:60])
        or _beside_one_who_acts(before)
        or _ACTS.match(after[:60])
        or _ATTENDANCE.match(line)
        or re.search(r"\b(?:[Dd]rs?|[Pp]rof|[Ii]r|[Ii]ng|mr)\.? ", candidate)
    )


def _beside_one_who_acts(before: str) -> bool:
    """Whether another stands in front of him who is there because of his office: "opmerkingen van A. Kok en"."""
    other = _ONE_OF_SEVERAL.search(before[-60:])
    return (
        other is not None and _OFFICE_BEFORE.search(before[-120:][: other.start() - min(60, len(before))]) is not None
    )


DETECTOR = Detector("person", _SHAPE, judge, Confidence.CONTEXT, most=3_000, columns=False, apart=True)
