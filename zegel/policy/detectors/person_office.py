"""Who is there because of an office: who signs, is addressed, chairs, presents, or can be asked."""

from __future__ import annotations

import re

from zegel.policy.detectors.person_names import INITIALS, PREFIXED, TITLES

_ROLE = (
    r"[a-z-]*(?:arts|loog|loge|goog|goge|peed|internist|chirurg|verloskundige|logopediste?|dietiste?|anesthesist|therapeute?|"
    r"specialist|adviseur|adviseuse|manager|leider|leidster|begeleider|iater|"
    r"verpleegkundige?|consulente?|coordinator|medewerk(?:er|ster)|assistente?|docente?|leraar|lerares|jurist|"
    r"advocate?|secretaris|secretaresse|directeur|directrice|bestuurder|wethouder|burgemeester|voorzitter|"
    r"penningmeester|notulist|notulen|woordvoerder|raadslid|onderzoeker|promovendus|[a-z]*functionaris|[a-z]*ambtenaar|verzekeringsarts|hoogleraar|apotheker|tandarts|"
    r"psycholoog|planner|controleur|redacteur|projectleider|planner|trainer|monteur|accountant|makelaar|notaris|"
    r"chair|nurse|sister|consultant|surgeon|director|manager|teacher|professor|lecturer|officer|spokesperson|"
    r"physician|therapist|engineer|editor|secretary|treasurer|minutes|arztin|leiter|leiterin|referent|referentin|"
    r"medecin|infirmiere|directeur|responsable|magazijn|administratie|huismeester|aannemer|wijkagent|"
    r"inkoop|inkoper|hr|p&o|financien|receptie|secretariaat|boekhouding|planning|communicatie|beleid|pharmacie|"
    r"einkauf|mentor|mentrix|coach|vrijwilliger|dirigent|stagiaire?|deskundige|begeleidster|ouderling|laboratorium|lid)"
)
_PROFESSION_AFTER = re.compile(
    rf"\s{{0,2}}[,(|/-]{{1,2}}\s{{0,2}}(?:(?:de|onze|een|als|van|plaatsvervangend|klinisch|gz|senior|ing\.|MSc|MD),? ?"
    rf"){{0,2}}(?:[a-z-]{{3,14}} )?(?:{_ROLE}\b|(?:VVD|PvdA|CDA|D66|GroenLinks|SP|PVV|NSC|BBB|ChristenUnie|SGP|Volt|"
    r"MD|PhD|RN)\b)",
    re.IGNORECASE,
)
_HOUSE_AFTER = re.compile(
    r" (?:van|bij|namens|from|of|at) (?:de |het |onze |the |our )?(?:afdeling|receptie|balie|secretariaat|planning|"
    r"technische dienst|keuken|apotheek|team|firma|bedrijf|aannemer|"
    r"leverancier|gemeente|fabrikant|redactie|administratie|inkoop|communicatie|directie|helpdesk|ict|bestuur|"
    r"vakgroep|universiteit|provincie|"
    r"verzekeraar|department|supplier|company|board|council|university|office)\b",
    re.IGNORECASE,
)
_ONE_OF_SEVERAL = re.compile(rf"(?:{INITIALS}[ ]?|[A-Z][a-z]+ ){PREFIXED}(?:,| en| and| und| et) $")
_OFFICE_BEFORE = re.compile(
    rf"(?:\b{_ROLE}|\b(?:contactpersoon|contact|contact met|bel|mail|contactez|kontakt|"
    r"meld je bij|aanmelden bij|vragen|vragen aan|"
    r"door|sprekers?|speakers?|presenters?|hosts?|instructors?|leitung|kursleitung|moderation|moderator|intervenante?s?|"
    r"orateurs?|formateur|formatrice|animation|es spricht|lesgever|gastspreker|keynote|panel|"
    r"met dank aan|collega|collega's|verslag|gemeld door|stuur naar|leverancier|ontwikkelaar|"
    r"auditor|interview met|boek van|artikel van|column van|blog van|film van|sheets van|stuk van|"
    r"proefschrift van|spreekuur van|praktijk|team van|kamer van|agenda van|gastles van|workshop van|reactie van|"
    r"opmerkingen van|inbreng van|advies van|"
    r"presentatie van|lezing van|vraag van|aanwezig|afwezig|present|absent|actie|action|"
    r"presented by|by|from|"
    r"redactie|tekst|foto's?|fotografie|productie|vormgeving|bron|auteurs?|organisatie|coordinatie|info|inlichtingen|"
    r"kater|kat|poes|hond|hondje|puppy|paard|pony|konijn|cavia|dog|cat|horse|"
    r"drs?|prof|mr|ing|ir|juf|meester|"
    r"dokter|dr|professor|minister|koning|prins|rector|broeder|zuster|oud-collega|oud-bestuurslid|student|"
    r"studente|opening|dank aan)) ?(?:is|zijn|[.:,?])? {0,2}(?:(?:dr|drs|prof|ir|ing|mr)\.? ?){0,3}$",
    re.IGNORECASE,
)
_ASKED_TO = re.compile(r"\b(?:kan|wil|zou|laat|can|could|will|would)\s$", re.IGNORECASE)
_HOLDS_OFFICE = re.compile(
    rf" (?:is|wordt|was|als|werkt als) (?:onze |de |een |our |the |an? )?(?:nieuwe |new )?(?!lid\b){_ROLE}\b",
    re.IGNORECASE,
)
_ASK_THERE = re.compile(
    r"\b(?:aanmeld|meld|anmeld|inscri|sollicite|opgeven|inlichting|reageer|reageren|reacties|inschrij|terecht|informatie|"
    r"vragen|verkrijgbaar|ophalen|inlever|afhalen|bestel|"
    r"contact|apply|register|enquir|information|call|more|envoye|adresse|candidat|postul|bewerb|renseign)[^.!?\n]{0,60}"
    r"\b(?:bij|via|at|with|from|to|bei|aupres|chez|a|an)\s(?:de )?$",
    re.IGNORECASE,
)
_DOES = (
    "meldt|vraagt(?! (?:\\w+ ){0,3}(?:hulp|vergoeding|uitkering|bijstand|traplift|scootmobiel|rolstoel|begeleiding|"
    "dagbesteding|kwijtschelding|urgentie|toeslag|second opinion))|antwoordt|licht (?:toe|de|het)|geeft|geven|doet de|"
    "maakt (?!bezwaar|zich|veel)\\w+|regelt|organiseert|coordineert|stuurt|mailt|levert|plant|zoekt|pakt|"
    "houdt (?!zich|van)|"
    "neemt (?:contact|deel|het|dit)|"
    "vertelt|legt uit|zegt|stelt voor|bespreekt|merkt op|"
    "opent|sluit|dankt|bedankt|schreef|schrijft|spreekt|debatteert|hebben de|heeft nog|verzorgt (?:de|het|een)|"
    "bericht|adviseert|"
    "begeleidt (?:de|het|onze)|leidt|"
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
_SALUTED = re.compile(
    r"(?:\b(?:geachte|beste|dear|hallo|hoi|dag|goedemorgen|goedemiddag|goedenavond|lieve|hi|hello|hey|"
    r"sehr geehrter?|guten tag|lieber?|chere?|bonjour|waarde|t\.a\.v\.?|tav|attn\.?|"
    r"thanks|thank you|bedankt|dank (?:u|je)(?: wel)?|merci|danke|welcome|welkom|gefeliciteerd|congratulations)[:,]?|"
    r"\b(?:you|u|je|vous|ihnen|yes|no|ja|nee|oui|sorry|beterschap|sterkte),|"
    r"(?:^|\n)\W{0,3}(?:aan|to|an|cc)[:,]?|"
    r"\b(?:dear|geachte) (?:dr|prof|drs)\.?) {0,2}$",
    re.IGNORECASE,
)
_GREETED = re.compile(
    r"(?:^|\n)\W{0,3}(?:geachte|beste|dear|hallo|hoi|dag|goedemorgen|goedemiddag|goedenavond|lieve|hi|hello|hey|"
    r"sehr geehrter?|guten tag|lieber?|chere?|bonjour) [^\n,.:]{2,40},\s{1,3}$|"
    r"(?:^|\n)\W{0,3}(?:collega'?s|collega|allen|team|all|colleagues|collegae|liebe kollegen|dames|heren|"
    r"ter info|t\.k\.i\.|fyi|zur info)[,:]\s{1,3}$",
    re.IGNORECASE,
)
"""What stands in front of the first sentence of a letter: the office in it is that of who reads it."""
_ATTENDANCE = re.compile(
    r"^\W{0,3}(?:aanwezig(?:en)?|afwezig|present|attendees|deelnemers|afgemeld|sprekers|speakers|team|van|from|aan|"
    r"to|cc)"
    r"\b[^\n]{0,200}$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[a-z]{3}(?<!mevr)(?<!mvr)(?<!dhr)(?<!drs)[.!?] ")
_ON_THE_PROGRAMME = re.compile(r"\b\d{1,2}[.:]\d\d(?: ?uur| ?h)?\W{1,3}$")
_TITLES_BEFORE = re.compile(rf"(?:\b(?:de|het|{'|'.join(TITLES.split())})\b\.? ?)+$", re.IGNORECASE)
_CARED_FOR = re.compile(
    r"(?i:(?:verzekerde|werkne(?:mer|emster)|employee|huurder|huurster|inwoo?n(?:er|ster)|aanvraa?g(?:er|ster)|"
    r"rechthebbende|keurling|leerlinge?|patiente?|pte?|ptn|pat|cliente?|cl|bewoner|bewoonster|leerlinge?|lln|pupil|kind|kindje|baby|"
    r"minderjarigen?|"
    r"verdachte|slachtoffer|betrokkene|mandant(?:in)?|klient(?:in)?|zwangere|gezin|fam|familie|betreft|betreffende|"
    r"inzake|aangaande)\b)"
)
_CONTACT_AFTER = re.compile(
    r"[,(:\s/|-]{1,4}(?:tel|t:|mob|toestel|0\d{1,3}[- )]{0,2}\d{5}|06\b|\+\d\d|e-?mail|[\w.-]+@)|"
    r"[*_`]{0,3}(?:[ \t]{1,60}|[,(:\s/|-]{0,3})[<\[({&]{0,4}(?:lt;|mailto:)?[\w.+-]{1,60}@|"
    r"[*_`]{0,3}\]\(https?:|[*_`]{0,3} ?\(@[\w-]{2,40}\)",
    re.IGNORECASE,
)
"""Who is named with a phone number is somebody to ask; who is named with an address of mail or a page has written
something: the lists of authors and contributors of software."""


def signs(before: str) -> bool:
    """Whether the name stands under a letter."""
    return _SIGNED.search(before[-120:]) is not None


def is_addressed(before: str) -> bool:
    """Whether the letter is to whoever is named."""
    return _SALUTED.search(_TITLES_BEFORE.sub("", before[-60:])) is not None


def is_contact(after: str) -> bool:
    """Whether a phone number or an address follows, as behind somebody to ask."""
    return _CONTACT_AFTER.match(after) is not None


def acts(before: str, candidate: str, after: str) -> bool:
    """Whether they are there because of their office."""
    line = _SENTENCE.split(before[-240:].rpartition("\n")[2])[-1]
    if _CARED_FOR.match(candidate):
        return False
    learned = re.search(r"\b(?:mr|drs?|prof|ir|ing)\. $", before[-6:]) is not None
    before = _GREETED.sub("\n", _TITLES_BEFORE.sub("", before))
    return bool(
        learned
        or _ASKED_TO.search(before[-20:])
        or _HOLDS_OFFICE.match(after[:60])
        or _OFFICE_BEFORE.search(before[-60:])
        or _ASK_THERE.search(before[-90:])
        or _PROFESSION_AFTER.match(after[:60])
        or _HOUSE_AFTER.match(after[:60])
        or _beside_one_who_acts(before)
        or (after[:1] == ":" and _ON_THE_PROGRAMME.search(before[-12:]))
        or _ACTS.match(after[:60])
        or _ATTENDANCE.match(line)
        or re.search(r"\b(?:[Dd]rs?|[Pp]rof|[Ii]r|[Ii]ng|mr)\.? ", candidate)
    )


def _beside_one_who_acts(before: str) -> bool:
    """Whether another stands in front who is there because of their office: "opmerkingen van A. Kok en"."""
    other = _ONE_OF_SEVERAL.search(before[-60:])
    return (
        other is not None and _OFFICE_BEFORE.search(before[-120:][: other.start() - min(60, len(before))]) is not None
    )
