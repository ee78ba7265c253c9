"""BSN (burgerservicenummer), the number of every person in the Netherlands; before 2007 the sofinummer.

Nine digits of which the first may be left out when it is 0. The check ("elfproef") weighs the digits
9 8 7 6 5 4 3 2 -1; the sum is a multiple of eleven. One in eleven numbers passes by chance, hence the care with
what stands around it. Definition: Wet algemene bepalingen burgerservicenummer,
https://wetten.overheid.nl/BWBR0022428/ and https://www.rvig.nl/burgerservicenummer; check:
https://nl.wikipedia.org/wiki/Burgerservicenummer.

>>> judge("Mijn BSN is ", "111222333", ".")
Judged(value='111222333', confidence=<Confidence.CONTEXT: 2>, start=0, size=9)
>>> judge("BSN: ", "1112.22.333", "").value
'111222333'
>>> judge("BSN ", "10000008", "").value                 # the zero in front left out
'010000008'
>>> judge("", "111222333", " op 3 mei").confidence
<Confidence.VALID: 1>
>>> judge("ordernummer ", "111222333", "") is None       # labelled as something else
True
>>> judge("BSN ", "111222334", "").confidence            # fails the check
<Confidence.SHAPE: 0>
>>> judge("BSN ", "000000000", "") is judge("BSN ", "999999999", "") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from zegel.policy.detectors.base import Confidence, Detector, Judged, label, label_words, labelled
from zegel.policy.detectors.bulk import Bulk
from zegel.policy.detectors.elfproef import all_passing, glance, passes

_NINE = "9 333 423 324 2223 45 54 36 63 234 243 432 342 22221 3222 1233 12222 2322 144 441 111111111"
_EIGHT = "8 44 233 332 323 2222 1223"
GROUPINGS = tuple(tuple(map(int, grouping)) for grouping in f"{_NINE} {_EIGHT}".split())
"""How people cut it up, the usual ways first: at one place the first that fits is taken. Not 2-2-4: a date."""

USUAL = frozenset({(9,), (3, 3, 3), (4, 2, 3), (3, 2, 4)})
"""The groupings that are believed without words nearby."""

_IN_CELLS = USUAL - {(9,)}
"""The groupings of forms with a cell for each group; a cell for each digit is another."""
_IN_THOUSANDS = frozenset({(3, 3, 3), (2, 3, 3)})
"""How a spreadsheet writes a number with commas; only a label makes a BSN of it."""

_CALLED = (
    r"bsn|bns(?![a-z])|b\.s\.n|b s n(?![a-z])|burgers?~(?:se[a-z]{2,6}[-_\s>]{0,12})?n(?:umme)?r|sofi(?![a-mo-z])|"
    r"bu?r?g[er]{1,3}s?~s[a-z]{1,8}[.]?[-_ >]{0,3}n[ume]{0,6}r|sv~n(?:umme)?r|fiscaal~n(?:umme)?r|\btin\b|"
    r"\bcsn\b|\bogn\b|"
    r"sociaal~fiscaal|pgn(?![a-z])|persoonsgebonden nummer|persoonsn(?:umme)?r|persoonlijk n(?:umme)?r|personal~number|"
    r"onderwijsn(?:umme)?r|citizen'?s?~service~n(?:umber|r|o)|ssn(?![a-z])|social~security~n(?:umber|r|o)|"
    r"national~identi(?:ty|fication)~number|tax~(?:identification~|id~)?number|numero de citoyen|numero fiscal|"
    r"burgernummer|personal no\.|nlminbiza|nnnld|113883\.2\.4\.6\.3(?!\d)"
)
"""`~` is any small gap. The last three stand in the messages of hospitals: HL7 names the register, CDA its number."""
_LABEL = re.compile(
    rf"{label(_CALLED.replace('~', '[-_ ]?')).pattern}|(?-i:(?<=[a-z])B(?:SN|sn)(?![a-z]))", re.IGNORECASE
)
_LABEL_HINTS = (
    "bsn", "bns", ".s.n", "b s n", "burger", "service", "sofi", "sociaal", "pgn", "persoon", "onderwijsn", "ssn",
    "security", "national", "personal", "tax", "numero", "burgernummer",
    "nlminbiza", "nnnld", ".2.4.6.3", "sv", "fiscaal", "tin", "csn", "ogn",
    "bugers", "brgers", "burges", "bugres", "burgre",
)  # fmt: skip
"""One of these is in every label: looking for them first spares a slower search."""
_DIRECT = re.compile(r"[^\d.!?;\n]{0,30}(?:\W{0,5}|\s*[-=_]{3,}\s*)")
_OTHER = label_words(
    "order bestel factu klant debiteur crediteur relatie polis referen kenmerk ref artikel zending track trace "
    "pakket barcode tel telef mobiel phone mobile fax kvk koophandel rekening invoice customer ticket case cases "
    "serie serial rsin btw vat agb uzi iban bic lid lidmaat contract offerte project aanvra transacti betaling "
    "payment product sku ean isbn purchase quote shipment account delivery parcel meter meterst vestiging build "
    "version versie revisi commit batch lot zaak zaakn melding incident dossier verzekerd patientn clientn "
    "declarat machtiging acceptgiro aanslag reserver boeking booking reservation vlucht flight afspra appointment "
    "accredit document protocol registration application claim voucher pakbon vacature metc ownerappt run job "
    "commande facture police rechnung auftrag "
    "pmid pmc pmcid nct accession study studie onderzoek zonmw doi trial eudract ctis isrctn pubmed medline genbank "
    "refseq dbsnp omim arxiv orcid release submission changeset wijziging change bug issue pull merge request rfc "
    "grant subsidie donateur deeln werkorder specimen isolate sequence chip rapport report session sessie patch pr mr "
    "aanbested tender bid vergunning dataset sample ontologie snomed loinc "
    "fout error foutcode "
    "art ord fact inv best issn gtin asin imei isin saldo amount bedrag"
)
_OTHER = re.compile(
    rf"{_OTHER.pattern}|(?!bsn|bns|burg|sofi|persoon|identi|onderwijs|fisca)[a-z]{{4,}}(?:nummers?|nrs?)"
)
"""What a number is called when it is not a person's: these, and whatever Dutch glues to "nummer"."""
_OF_PERSON = re.compile(r"\b(?:klant|cliente?|customer)[ :(]{1,2}$", re.IGNORECASE)
"""Right in front of a number: it may be the person's own, as well as the customer's."""
_NUMBER_OF = re.compile(r"(?:n(?:umme)?rs?|numbers?|no\.?|ticket|invoice|factuur|order)\W{0,4}$", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:\+|(?<![\d.,])00)\d{0,3}[ .()-]{0,3}(?:0?\)?\d{0,3}[ .()-]{0,2})?$|(?<![\d./,:-])\(?0\d{1,3}\)?[ ./-]{0,3}$"
)
_GOES_ON = re.compile(r"[.,]\d\d(?![\d,;])|[./:-]\d|[@&=%]")
_NOT_SAID = re.compile(
    r"-(?!n(?:umme)?rs?\b|no\b|codes?\b|gegevens\b)[a-z]{4,}|[a-z]*[(][\"']|s?[ -]?(?:controle|koppeling|check)\b",
    re.IGNORECASE,
)
"""What behind a label makes it the name of something else: "BSN-koppeling", `is_bsn("`."""
_CELLS = re.compile(r"\S(?: {2,}| ?[;|] ?|,)\S")
_SENTENCE_END = re.compile(r"[.!?;]\s|\n")
_CLAUSE_END = re.compile(r"[,;]\s")
_FAR = re.compile(r"(?:[^.!?\n\d]|(?<!\d)\d{1,4}(?!\d)|(?<![a-z]{3})\.|\.(?!\s))*+", re.IGNORECASE)
"""The rest of a long sentence: initials, titles and dates may stand in it, other numbers may not.

Possessive, because many a full stop is two of these things: each would double the time that a text takes that fails.
"""
_QUALIFIED = re.compile(r"(?:[:^][\w.]{0,10}){0,3}[:^](?:bsn|bsnr|sofi|nlminbiza)\b", re.IGNORECASE)
"""What follows a number in the segments of EDIFACT and HL7 and says whose it is: PNA+PAT+111222333:::BSN."""
_WINDOW = 60
_WINDOW_FAR = 200
_WINDOW_AFTER = 36


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """What the digits of `candidate` are, given the text around them."""
    start, end = 3 if candidate[0] == "%" else 0, len(candidate)
    while not candidate[start].isdigit():
        start += 1
    while not candidate[end - 1].isdigit():
        end -= 1
    before, number, after = before + candidate[:start], candidate[start:end], candidate[end:] + after
    pieces = [number] if number.isdigit() else re.split(r"\D+", number)
    groups = tuple(map(len, pieces))
    if groups not in USUAL and not _hinted(before) and not _hinted(after):
        return None  # whatever else it is: without a label nobody writes it like that
    digits = "".join(pieces).zfill(9)
    if len(set(digits)) == 1:
        return None
    right = passes(digits)
    in_thousands = "," in number
    if not right and (groups not in USUAL or in_thousands):
        return None
    confidence = _confidence(before, after, number, groups)
    if confidence is None or (in_thousands and confidence is not Confidence.CONTEXT):
        return None
    return Judged(digits, confidence if right else Confidence.SHAPE, start, end - start)


def _confidence(before: str, after: str, number: str, groups: tuple[int, ...]) -> Confidence | None:
    """How sure it is, should the check digits be right; None when it is something else."""
    window = before[-_WINDOW:] if "  " not in before else re.sub(" {2,}", " ", before)[-_WINDOW:]
    hinted = _hinted(before)  # else nothing in front of it can name it
    label_end = _last_label(window) if hinted else None
    other = labelled(window, _OTHER)
    renamed = other and label_end is not None and _CLAUSE_END.search(window, label_end) is not None
    if label_end is not None and not renamed and _DIRECT.fullmatch(window, label_end):
        return Confidence.CONTEXT
    if _QUALIFIED.match(after):
        return Confidence.CONTEXT
    if _inside(before) or _part_of_more(before, after, number, groups):
        return None
    if _GOES_ON.match(after) and not (after[0] == "," and hinted and _under_heading(before)):
        return None
    if _date_or_phone(before, number, groups):
        return None
    if other and (
        label_end is None or renamed or _SENTENCE_END.search(window, label_end) or _NUMBER_OF.search(window, label_end)
    ):
        if _OF_PERSON.search(window) and groups in USUAL:
            return Confidence.VALID
        return Confidence.CONTEXT if hinted and _under_heading(before) else None
    if label_end is not None or _last_label(after[:_WINDOW_AFTER]) is not None:
        return Confidence.CONTEXT
    if hinted and (_under_heading(before) or _in_long_sentence(before[-_WINDOW_FAR:])):
        return Confidence.CONTEXT
    return Confidence.VALID if groups in USUAL and "\n" not in number and "\x1f" not in number else None


def _in_long_sentence(before: str) -> bool:
    """Whether the sentence named a BSN long ago, and no other number since.

    >>> _in_long_sentence("Het BSN van mijn moeder, mevrouw J.P. de Vries-van den Berg uit Amersfoort, is volgens mij ")
    True
    """
    label_end = _last_label(before)
    return label_end is not None and _FAR.fullmatch(before.rstrip(), label_end) is not None


def _last_label(text: str) -> int | None:
    """Where the last word that means BSN ends in `text`."""
    if not _hinted(text):
        return None
    return max((found.end() for found in _LABEL.finditer(text) if not _is_said_of_else(text, found)), default=None)


def _is_said_of_else(text: str, label: re.Match[str]) -> bool:
    """Whether the word is part of the name of something else: "BSN-koppeling", `test_bsn(`."""
    called = text[label.end() : label.end() + 1] == "(" and text[max(0, label.start() - 1) : label.start()] in (
        "_",
        ".",
    )
    return called or _NOT_SAID.match(text, label.end()) is not None


def _hinted(text: str) -> bool:
    """Whether a word that means BSN may be in `text`."""
    lowered = text.lower()
    for hint in _LABEL_HINTS:  # noqa: SIM110 (asked for every number, and twice as fast as any())
        if hint in lowered:
            return True
    return False


def _under_heading(before: str) -> bool:
    """Whether the line above is the head of a table with a column for it.

    >>> _under_heading("Naam; BSN; Adres; Postcode\\nJansen; ")
    True
    """
    lines = [line for line in before.rsplit("\n", 4) if not line.isspace()]
    return len(lines) > 1 and bool(_CELLS.search(lines[-2])) and _last_label(lines[-2]) is not None


def _inside(before: str) -> bool:
    """Whether the number is the rest of a longer one, of an address of a page, or of an amount."""
    last = before[-1:]
    if last in ("/", "=", "?", "&", "#", "@", "€", "$", "£"):
        return True
    if last in (".", ":", "-"):
        return before[-2:-1].isdigit()
    if last in ("'", '"') and before[-2:-1] == "(" and before[-3:-2].isalnum():  # the argument of a program
        return True
    return before[-6:].rstrip().lower().endswith(("€", "eur", "usd"))


def _part_of_more(before: str, after: str, number: str, groups: tuple[int, ...]) -> bool:
    """Whether the groups go on to the left or the right."""
    if len(groups) == 1:
        return False
    separator = number[groups[0]]
    return (before[-1:] == separator and before[-2:-1].isdigit()) or (after[:1] == separator and after[1:2].isdigit())


def _date_or_phone(before: str, number: str, groups: tuple[int, ...]) -> bool:
    """Whether it reads as a date in one piece, or as a phone number or the end of one."""
    if groups == (8,) and re.match(r"(?:19|20)\d\d[01]\d[0-3]\d$|[0-3]\d[01]\d(?:19|20)\d\d$", number):
        return True
    if number[0] == "0" and len(groups) > 1 and groups not in ((3, 3, 3), (4, 2, 3)):
        return True
    tail = before[-14:]
    return ("0" in tail or "+" in tail) and bool(_PHONE.search(tail))


def _shape(groupings: Iterable[tuple[int, ...]], in_cells: bool = True) -> str:
    forms = []
    for groups in groupings:
        for separator in (r"(?: | ?\n)", r"\.", "-") if len(groups) > 1 else ("",):
            boxes = separator.replace(r" |", r"[ \x1f;,|]{1,4}|") if max(groups) == 1 else separator
            forms.append(boxes.join(rf"\d{{{n}}}" for n in groups))
        if in_cells and groups in _IN_CELLS:
            forms.append(r"\x1f".join(rf"\d{{{n}}}" for n in groups))
        if groups in _IN_THOUSANDS:
            forms.append(",".join(rf"\d{{{n}}}" for n in groups))
    return rf"(?i)(?:\b|_|bsn|nummer|nr|%3d|%3a|%22|%20)(?:{'|'.join(forms)})(?:\b|_)"


def _evidence() -> str:
    """A label, in a text whose blanks may be several, or a number that is believed without."""
    called = re.sub(r"\(\?![^)]*\)", "", _CALLED).replace(" ", " +").replace("~", "[-_ ]*")
    return f"(?i){called}|{_shape((groups for groups in GROUPINGS if groups in USUAL), in_cells=False)}"


_BULK = Bulk(
    re.compile(rb"(?<![0-9A-Za-z])(?:\d{9}|\d{3}([ .-])\d{3}\1\d{3}|\d{4}([ .-])\d\d\2\d{3})(?![0-9A-Za-z])"),
    all_passing,
    rf"(?i){'|'.join(map(re.escape, _LABEL_HINTS))}",
)
DETECTOR = Detector(
    "bsn", _shape(GROUPINGS), judge, Confidence.CONTEXT, _BULK, glance, of_person=True, evidence=_evidence()
)
