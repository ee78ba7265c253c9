"""Names as they are written, and what is written around them: titles, relatives, and what is said of somebody.

The first names and the prefixes of surnames are lists that ship: firstnames.nl, firstnames.world, surnameprefixes.nl.
"""

from __future__ import annotations

import re
from pathlib import Path

from zegel.policy.detectors.base import Confidence

TITLES = (
    "mevrouw mevr mvr mw mej mejuffrouw dhr hr heer meneer mijnheer fam familie gezin echtpaar mrs ms miss mister mr "
    "herr herrn frau "
    "monsieur madame mme mlle"
)
CLEAR_TITLES = "mevrouw mevr mvr mw mej mejuffrouw dhr heer meneer mijnheer mrs herr herrn frau madame mme"
"""Behind these a name without capitals is one."""
_SUBJECTS = (
    "patient patiente patienten pt pte ptn pat client cliente clienten cl bewoner bewoonster leerling leerlinge "
    "lln pupil kind kinderen kindje zoon "
    "dochter broertje broertjes zusje zusjes broers zussen tweeling baby verzekerde betrokkene werknemer "
    "werkneemster medewerker medewerkster mdw zwangere minderjarige minderjarigen betreft betreffende inzake "
    "aangaande verdachte "
    "slachtoffer inwoner inwoonster belanghebbende aanvrager aanvraagster jongere patientin klient "
    "klientin schuler schulerin mandant mandantin eleve gezinslid casus naam student studente keurling gedetineerde "
    "kraamvrouw kraamvrouwtje rechthebbende huurder huurster deelneemster kleuter peuter tiener pupil ouders gasten "
    "nieuwkomer statushouder dakloze asielzoeker appellant appellante arrestant arrestante "
    "bewohner bewohnerin resident residente tenant child children enfant petit petite jeune kindern schulkind saugling "
    "employee verzekerden opa oma tante oom omi opi mamie papi grandma grandpa"
)
"""Who is called so is spoken of; the names that stand behind "naam:" in a form are too."""
KIN = (
    "zoontje zoon dochtertje dochter moeder vader man vrouw echtgenoot echtgenote partner broer broertje zus zusje opa "
    "oma schoonmoeder schoonvader tante oom neefje nichtje kleinzoon kleindochter pleegzoon pleegdochter son daughter "
    "mother father husband wife brother sister grandmother grandfather stepson stepdaughter sohn tochter mutter vater "
    "mann ehemann ehefrau bruder schwester fils fille mere pere mari epouse frere soeur"
)
OWNERS = "mijn je jouw zijn haar hun onze my his her our their mein meine meinem meiner sein seine ihr ihre mon ma sa"
_LISTS = Path(__file__).parents[1] / "search" / "lists"


def _listed(name: str) -> list[str]:
    """The entries of a list that ships."""
    return [line for line in (_LISTS / f"{name}.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]


_PREFIXES = "|".join(sorted({re.escape(word) for prefix in _listed("surnameprefixes.nl") for word in prefix.split()}))
_KNOWN = frozenset((*_listed("firstnames.nl"), *_listed("firstnames.world"))) - {
    "Dan", "Allen", "Lieve", "Mei", "August", "Said", "Aime", "Elles", "Viel",
}  # fmt: skip
ALSO_WORDS = frozenset(
    [
        "Elke",
        "Wil",
        "Roman",
        "Job",
        "Virginia",
        "Christian",
        "Ernst",
        "Rose",
        "Floor",
        "Joke",
        "Lies",
        "Rien",
        "Ton",
        "Mark",
    ]
)
"""Names that are words as well: alone they are nobody."""
_FIRST_NAME = r"[A-Z][a-z]{1,}(?:-[A-Z][a-z]+)?"
"""Any word with a capital: thousands of names would be too large for a pattern, so `glance` looks them up."""
_SURNAME = r"[A-Z][A-Za-z'-]+(?:[ -][A-Z][a-z'-]+)?"
PREFIXED = rf"(?:(?i:{_PREFIXES})[ ]){{0,3}}{_SURNAME}"
INITIALS = r"(?:[A-Z]\.[ -]?(?:[a-z]\.)?){1,5}"
_SMALL = r"[a-z][a-z'-]{2,}"
"""A surname that was typed without capitals; only behind a title."""
_NAME = rf"(?:(?:{INITIALS}|[A-Z][a-z]+)[ ]?(?:\([A-Z][a-z]+\) )?){{0,2}}{PREFIXED}"
TITLED = rf"(?:de )?(?:{'|'.join(TITLES.split())})\b\.?(?: (?:dr|drs|ir|ing|prof|mr)\.?)?"
SUBJECT = rf"(?:{'|'.join(_SUBJECTS.split())})"
CALLED = rf"{SUBJECT}(?:[ ](?:is|was|heet|dhr\.?|mw\.?|mevr\.?|mevrouw|de heer))?"
LEADS = (
    "gaat heeft kan is wil met voor van over bij aan dat moet mag krijgt laat als toen omdat want intake casus dossier "
    "consult visite melding opname ontslag overdracht verwijzing zorgen for with about of that when fur pour avec que "
    "wird ist hat mit bei von chez"
)
"""Words in front of a first name that stands alone: "gaat Senna terug", "gesprek met Ronnie"."""
STATE = (
    "zit thuis|is ziek|ligt|is opgenomen|is gevallen|wordt geopereerd|is geopereerd|slikt|gebruikt|lijdt|is zwanger|"
    "is overleden|is verslaafd|is verward|kreeg|krijgt|is gezien|is bekend|is ziekgemeld|heeft zich|heeft vandaag|"
    "heeft vannacht|heeft weer|heeft gisteren|heeft een|is met|mist|suffers|was admitted|is on sick|is off sick|leidet"
)
"""What is said of somebody who is ill, right behind the name."""
VERBS = (
    "is|was|heeft|had|krijgt|kreeg|wordt|werd|gaat|ging|kan|kon|moet|wil|wilde|mag|zit|ligt|lag|staat|slikt|gebruikt|"
    "drinkt|eet|slaapt|huilt|scoort|leest|spreekt|vertelde|vertelt|zegt|zei|laat|liet|mist|valt|viel|woont|slaat|bijt|"
    "draagt|lijdt|herstelt|belde|gaf|durft|weigert|weigerde|reageert|ervaart|vindt|voelt|doet|blijft|start|uit|has|had|"
    "takes|gets|suffers|needs|feels|refuses|hat|ist|wurde|wird|nimmt|leidet|souffre|prend|"
    "komt|z'n|d'r|bellen|weer|nog|zelf|vandaag|gisteren|vannacht|vanmorgen|zijn|haar|plast|poept|spuugt|hoest|snijdt|krast|blowt|"
    "spijbelt|steelt|liegt|vecht|schopt|vergeet|stopt|gebruikte|slikte|dronk|belt|loopt|verloor|raakte|bleek|blijkt|"
    "won't|can't|cannot|still|also|disclosed|said|told|went|came|lost|fell|kam|hatte|muss|kann|braucht|bekommt|"
    "a|est|doit|va|ne|etait"
)
"""What makes a known first name alone somebody."""
_AGED = rf"[A-Z][a-z'-]+ {PREFIXED}(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )"
_MORE = (
    rf"(?:[ ][A-Z]\.){{0,2}}[ ]{PREFIXED}|(?:[ ][A-Z]\.?)?[ ]?\(|(?:[ ][A-Z]\.?)?[ ](?:{STATE}|{VERBS})\b|"
    r"'s[ ][A-Za-z]|"
    rf"(?:[ ](?:{_PREFIXES})){{0,2}}[ ][A-Z]\.|,? (?:uit )?(?:groep|klas) \d|"
    r", ?\d{1,2} ?(?:jaar|jr|j|maanden|maand|mnd|weken|wkn|dagen|years?|yrs?|months?|mths?|weeks?|Jahre|Monate|ans|"
    r"mois)\b|"
    r": [A-Za-z0-9]|[ ][a-z0-9]"
)
"""What makes somebody of a first name when it follows."""
_TYPED = "heeft|had|is|was|komt|kan|moet|ligt|zit|gaat|blijft|kreeg|krijgt|voelt|slaapt|eet|huilt|wil|wordt|has"
"""What makes somebody of a Dutch first name without a capital: "jasmijn komt niet"."""
_INITIAL_ONLY = rf"(?:(?i:{_PREFIXES})[ ]){{0,3}}[A-Z](?:\.|\b)(?: ?\([mv]\))?"
"""What stands for a surname where nobody is to know it: "mw. J.", "meneer de V."."""
SHAPE = "|".join(
    (
        rf"(?i:\b{TITLED})[ \n]{{1,2}}{_NAME}",
        rf"(?i:\b(?:de )?(?:{'|'.join(CLEAR_TITLES.split())})\b\.?) (?:[a-z]\. ?){{0,3}}"
        rf"(?:(?i:{_PREFIXES})[ ]){{0,3}}{_SMALL}",
        rf"(?i:\b(?:{'|'.join(CLEAR_TITLES.split())}|pt|patiente?|cliente?|bewoner|bewoonster|casus|leerling)\b\.?) "
        rf"{_INITIAL_ONLY}",
        r"\b(?i:bij|van|voor|met|over|mbt) [Vv]an (?:de[nr]? |'t )?[A-Z][a-z]{2,}\b",
        rf"(?m:^(?:(?i:re|aw|fwd?|antw|betr|betreft)[:.] ?)*(?:(?i:onze|ons|our|mijn|my|notre|unsere?) )?{_FIRST_NAME}"
        r"[ .!?]*$)",
        rf"(?i:\b{CALLED})[:,. \n]{{1,3}}{_NAME}",
        rf"(?i:\b(?:{'|'.join(OWNERS.split())})[ ](?:{'|'.join(KIN.split())})\b)(?:[ ,][A-Z][a-z]+)?",
        rf"(?i:\b(?:{'|'.join(KIN.split())}) (?:van|of|de|von)) [A-Z][a-z]+\b",
        rf"\b(?i:{'|'.join(LEADS.split())}) (?:{_AGED}|{_FIRST_NAME}\b(?:{_MORE})?)",
        rf"\b[Tt]he {_SURNAME} (?:children|family|siblings|twins|kids|boys|girls)\b",
        rf"\b{INITIALS}[ ]?{PREFIXED}",
        rf"\b{_AGED}",
        rf"\b[A-Z][A-Za-z'-]+, ?(?:[A-Z]\. ?){{1,4}}(?:(?i:{_PREFIXES})\b ?){{0,3}}",
        rf"\b{_FIRST_NAME}\b(?:{_MORE})",
        rf"\b[a-z]{{3,12}} (?:{_TYPED})\b",
    )
)
_LED = re.compile(
    rb"(?:(?i:%s)|[A-Z][a-z'-]+ (?:van|voor|over|bij|met|op|uit)) ([A-Z][a-z]+)" % "|".join(LEADS.split()).encode()
)
_LOOSE = re.compile(rb"([A-Z][a-z]+)(?:: [A-Za-z0-9]| [a-z0-9])$")
_NEED_A_VERB = frozenset(name.encode() for name in _listed("firstnames.words"))
_SMALL_NAMES = frozenset(name.lower().encode() for name in _listed("firstnames.nl") if len(name) > 2) - {
    name.lower() for name in _NEED_A_VERB
}
_SMALL_LED = re.compile(rb"([a-z]{3,12}) (?:%s)$" % _TYPED.encode())
"""Names that are words, places or programs as well: they need a verb of persons to be somebody."""
_VAN_ALONE = re.compile(rb"[A-Za-z]+ [Vv]an (?:de[nr]? |'t )?[A-Z][a-z]{2,}$")
_LABELS = frozenset(word.encode() for word in f"{TITLES} {_SUBJECTS} {OWNERS} {KIN} de".split())
_KNOWN_BYTES = frozenset(name.encode() for name in _KNOWN)
_ONLY_NAMED = re.compile(rb"([A-Z][a-z]+)(?:-[A-Z][a-z]+)?,?[ (']")
_ENDS_AGED = re.compile(rb"(?:, ?| ?\(| uit | in )(?:\d|geb|born|DOB|dob|groep|klas|year |class )$")


def typed_small(candidate: str) -> str | None:
    """The first name that it begins with, when that has no capital."""
    small = _SMALL_LED.match(candidate.encode())
    return small[1].decode() if small and small[1] in _SMALL_NAMES else None


def is_known(candidate: str) -> bool:
    """Whether it begins with a first name."""
    first = re.match(r"[A-Z][a-z]+", candidate)
    return first is not None and first[0] in _KNOWN


def glance(candidate: bytes) -> Confidence | None:
    """Whether a word with a capital at its begin is a first name, where nothing else makes a name of it.

    >>> glance(b"Anna Smit"), glance(b"Morgen is")
    (<Confidence.VALID: 1>, None)
    """
    if _VAN_ALONE.match(candidate):
        return Confidence.VALID
    if (loose := _LOOSE.match(candidate)) and (loose[1] not in _KNOWN_BYTES or loose[1] in _NEED_A_VERB):
        return None
    if (small := _SMALL_LED.match(candidate)) and small[1] in _SMALL_NAMES:
        return Confidence.VALID
    if led := _LED.match(candidate):
        known = led[1] in _KNOWN_BYTES or led[1].lower() in _LABELS or _ENDS_AGED.search(candidate)
        if known or candidate.split()[0].lower() in _LABELS or candidate.split()[0] in _KNOWN_BYTES:
            return Confidence.VALID
        return None
    first = _ONLY_NAMED.match(candidate)
    if first is None or candidate[:4] in (b"The ", b"the "):
        return Confidence.VALID
    if first[1] in _KNOWN_BYTES or first[1].lower() in _LABELS or _ENDS_AGED.search(candidate):
        return Confidence.VALID
    return None
