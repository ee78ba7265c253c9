"""The number that another country gives to a person: Belgian rijksregisternummer, British NHS number, French NIR.

The words nearby have to say what it is, in the language of its country or in one of ours, and its check digits
have to be right; where a number has none, its form has to. The Dutch one is `bsn`.

| country | number | right when |
|---|---|---|
| most | see `_CHECKED` | python-stdnum's module says so, which names the register |
| Germany | Rentenversicherungsnummer | VKVV § 2: area, birth date, letter, serial |
| Germany | Krankenversichertennummer | SGB V § 290: a letter and nine digits |
| United Kingdom | National Insurance number | HMRC NIM39110: two letters, six digits, A to D |

>>> judge("Rijksregisternummer van Koen: ", "85.07.30-033 28", ".").value
'85073003328'
>>> judge("NHS no. ", "943 476 5919", ""), judge("NHS no. ", "943 476 5918", "") is None
(Judged(value='9434765919', confidence=<Confidence.CONTEXT: 2>, start=0, size=12), True)
>>> judge("Sozialversicherungsnr. ", "65 170839 J 003", "").value, judge("NINO: ", "QQ 12 34 56 C", "") is None
('65170839J003', True)
>>> judge("order ", "943 476 5919", "") is None
True
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Final

import re2
from stdnum.exceptions import ValidationError

from zegel.policy.detectors.base import Confidence, Detector, Judged, label
from zegel.policy.detectors.context import alone, called

_SOCIAL: Final = (
    r"sociale?[- ]?(?:zekerheids?|verzekerings?)[- ]?n|social (?:security|insurance)|s[ée]curit[ée] sociale|"
    r"sozialversicherung|sv-?n(?:umme)?r|svnr|vsnr|versicherungsn"
)
_GENERAL: Final = (
    r"(?:nationaal|nationale|national|persoonlijke?|personal|pers[öo]nliche) (?:identi\w+|id|register)?[- ]?n|"
    r"national id|"
    r"identi(?:teits|ficatie|fikations)n|identity n|id[- ]?(?:number|nummer|nr|no\b)|persoonsn|personn?ummer|"
    r"personal (?:code|number|id)|identification n|num[ée]ro (?:national|d.identi)|"
    r"(?:foreign|buitenlands) (?:bsn|persoonsn|id)|"
    r"(?:belgisch|duits|frans|brits|engels|pools|spaans|italiaans)e? \w{0,20}n(?:umme)?r"
)
_CHECKED: Final = {
    "be.nn": rf"rijksreg|\brr\b|\brrn|insz|niss|registre national|nationalregister|{_SOCIAL}",
    "be.bis": r"bis-?n(?:umme)?r|insz|niss|num[ée]ro bis",
    "fr.nir": rf"nir\b|insee|n(?:um[ée]ro|[°o.]+) ?(?:de )?s[ée]cu|carte vitale|num[ée]ro d.inscription|{_SOCIAL}",
    "de.idnr": r"steuer-?id|id-?nr|steuerliche id|tax id|tin\b|steuern",
    "gb.nhs": r"nhs|chi n|health service n",
    "us.ssn": r"ssn|social security",
    "es.dni": r"dni|documento nacional|nif\b|d\.n\.i",
    "es.nie": r"nie\b|n\.i\.e|identidad de extranjero|nif\b",
    "it.codicefiscale": r"codice fiscale|cod\.? ?fisc|c\.f\.|cf\b|fiscal code|fiscale code|steuern|tax (?:code|id)",
    "pl.pesel": r"pesel",
    "se.personnummer": r"personn|samordning|swedish personal|pnr\b",
    "no.fodselsnummer": r"f[øo]dselsn|fnr\b|personn|d-?nummer",
    "dk.cpr": r"cpr|personn",
    "fi.hetu": r"hetu|henkil[öo]tunnus|personbeteckning",
    "is_.kennitala": r"kennitala|\bkt\b",
    "ch.ssn": rf"ahv|avs|navs|avs13|{_SOCIAL}",
    "at.vnr": rf"e-?card|{_SOCIAL}",
    "ie.pps": r"pps",
    "pt.nif": r"nif\b|contribuinte",
    "pt.cc": r"cart[ãa]o de cidad",
    "ro.cnp": r"cnp\b|cod numeric",
    "cz.rc": r"rodn[ée]|r\.?[čc]\.|birth n",
    "bg.egn": r"egn|егн",
    "hr.oib": r"oib",
    "lt.asmens": r"asmens",
    "ee.ik": r"isikukood|\bik\b",
    "tr.tckimlik": r"t\.?c\.? ?kimlik|kimlik|tckn|tc n",
    "gr.amka": r"amka|αμκα",
    "si.emso": r"em[šs]o",
    "il.idnr": r"teudat|mispar zehut|israeli id",
    "in_.aadhaar": r"aadhaa?r",
    "br.cpf": r"cpf",
    "cn.ric": r"身份证|resident identity|chinese id",
    "kr.rrn": r"rrn|resident registration",
    "id.nik": r"nik\b|ktp",
    "za.idnr": r"south african id|zuid-?afrikaans id|rsa id",
}
"""python-stdnum's modules, with what their number is called."""
_ANY_LABEL: Final = frozenset(_CHECKED) - {"pt.nif", "dk.cpr", "es.nif", "us.ssn", "ie.pps", "il.idnr"}
"""Those whose check says enough to believe a general name, such as "national number"."""
_FORMS: Final = {
    rf"rentenvers|rvnr|rv-?n(?:umme)?r|{_SOCIAL}": r"\d{2}(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[A-Z]\d{3}",
    r"krankenvers|kvnr|versicherten-?n|kv-?n(?:umme)?r|krankenkasse": r"[A-Z]\d{9}",
    r"nino\b|national insurance|ni n(?:o|umber|r)\b": (
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]"
    ),
}
"""Numbers without check digits that can be seen: what they are called, and their form."""
_SHAPES: Final = (
    r"\d(?:[ ./-]{0,2}\d){8,17}(?: ?X)?",  # most of them
    r"\d(?:[ .-]{0,2}\d){4}[ .-]{0,2}2[AB](?:[ .-]{0,2}\d){8}",  # France: born in Corsica
    r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]",  # NINO
    r"[XYZ][ .-]?\d(?:[ .]?\d){6}[ .-]?[A-Z]",  # foreigners in Spain
    r"[A-Z]\d{3} ?\d{3} ?\d{3}",  # health insurance in Germany
    r"\d(?:[ .-]?\d){7}[ .-]?[A-Z][ .-]?\d{3}",  # pension in Germany
    r"\d{6}[A-FU-Y+-]\d{3}[A-Z0-9]",  # Finland
    r"\d{8}[ -]?\d[ -]?[A-Z]{2}\d",  # Portugal
    r"\d(?:[ .-]?\d){6,7}[ .-]?[A-Z]{1,2}",  # Spain, Ireland
    r"[A-Z]{3} ?[A-Z]{3} ?\d{2}[A-Z]\d{2} ?[A-Z]\d{3}[A-Z]",  # Italy
)
_LABELS = {name: label(rf"{words}|{_GENERAL}" if name in _ANY_LABEL else words) for name, words in _CHECKED.items()}
_FORM_LABELS = [(label(words), re.compile(form)) for words, form in _FORMS.items()]
_STEMS: Final = r"""
    rijksreg rr\b insz niss registre national bis-?n insee nir\b inscription secu vitale ss?n social steuer idnr
    id-nr tax nhs chi.n health dni documento nie\b n\.i\.e identi fisc codice c\.f cf\b pesel samordning
    sozial swedish pnr fodsel fnr henkil hetu kenni ahv avs versich svnr sv-n vsn rv-?n rvnr kvnr kv-n kranken card
    pps nif contrib cartao cnp rodne birth egn oib asmens isiku kimlik tckn tc.n amka emso teudat zehut israel
    aadha cpf resident chinese rrn nik ktp african afrikaans nino insurance ni.n id.n buitenlands belgi duits
    frans brits engels pools spaans italia numero foreign perso rentenvers cpr e-?card d-?nummer numeric
    r\.?c\. tin\b rsa mispar navs
"""
"""How their labels begin."""
_EVIDENCE: Final = rf"(?i)\b(?:{'|'.join(_STEMS.split())})|身份证|егн|αμκα"
_AROUND: Final = re2.compile(_EVIDENCE)
_PIECE = re.compile(r"\w+")


@cache
def _validator(name: str) -> Callable[[str], str]:
    return importlib.import_module(f"stdnum.{name}").validate  # type: ignore[no-any-return]


def _value(written: str, before: str, after: str) -> str | None:
    """The number, when it is right for one of the countries that the words around it mean."""
    signs = re.sub(r"[\W_]+", "", written).upper()
    if len(set(signs)) < 3:
        return None
    for labels, form in _FORM_LABELS:
        if form.fullmatch(signs) and called(before, after, labels):
            return signs
    for name, labels in _LABELS.items():
        if not called(before, after, labels):
            continue
        try:
            return str(_validator(name)(written.upper()))
        except (ValidationError, ValueError, IndexError, KeyError, TypeError, AttributeError):
            continue
    return None


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """The longest number in `candidate`, with its letters or from its first digit, that is right and called so."""
    digit = re.search(r"\d", candidate)
    if digit is None or not _AROUND.search(f"{before}{candidate}{after}"):
        return None
    for start in sorted({0, digit.start()}):
        for end in sorted({found.end() for found in _PIECE.finditer(candidate, digit.start())}, reverse=True):
            front, rest = before + candidate[:start], candidate[end:] + after
            value = _value(candidate[start:end], front, rest)
            if value is not None and alone(front, rest):
                return Judged(value, Confidence.CONTEXT, start, end - start)
    return None


DETECTOR = Detector(
    "national-id",
    rf"(?i)\b(?:{'|'.join(_SHAPES)})\b",
    judge,
    Confidence.CONTEXT,
    most=4_000,
    evidence=_EVIDENCE,
    apart=True,
)
