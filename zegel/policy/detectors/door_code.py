"""Codes of digits that open a door, a safe or an alarm, for the detector `credential`."""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Judged

PATTERN = (
    r"\b(?:combinatie(?: (?:van |voor )?(?:de |het )?(?:kluis|slot|kluisje|cijferslot))?|code|cijfers|"
    r"kluis(?:je)?|portiek|cijferslot|slotcode|kastje|keysafe|key safe|"
    r"lockbox|schlusselsafe|digicode)"
    r"(?: (?:is|nu|van|op))?\W{0,3}(?:\d(?:[ -]?\d){3,7}[#*]?|\d{2,5}[#*])|"
    r"\b(?:sleutelkluis(?:je)?|sleutelkastje|keysafe|key safe|lockbox|kluisje|schlusselsafe)[^\n\d.;]{3,40}[: ]"
    r"\d(?:[ -]?\d){3,5}|\b(?:toegangs)?code [^\n\d.;]{2,30}"
    r"(?:kast|kluis|deur|poort|hek|slot|alarm|berging|kelder)[a-z]{0,4}\b"
    r"[^\n\d.;:]{0,25}[: ]\d(?:[ -]?\d){3,5}[#*]?|\bpincode [a-z]{2,15} \d{4,8}"
)
CODE = re.compile(
    rf"(?={PATTERN})(?P<what>[a-z ,()'-]+?)(?: (?:is|nu|van|op))?\W{{0,3}}(?P<secret>\d(?:[ -]?\d){{1,7}}[#*]?)", re.I
)
_AT_THE_DOOR = re.compile(
    r"sleutel|kluis|kast\b|berging|kelder|"
    r"(?<!huis)\bdeur|voordeur|achterdeur|alarm\b|poort\b|portiek|cijferslot|intoets|toets\b|key ?safe|"
    r"door ?code|lockbox|schlussel|haustur|porte d|digicode|\bhek\b",
    re.IGNORECASE,
)
_NO_DOOR = re.compile(r"huisnummer|postcode|fout|error|storing|kamer|article|artikel|regio", re.IGNORECASE)


def judged(door: re.Match[str], before: str, after: str) -> Judged | None:
    """A code of digits where the text around is about a key, a door or an alarm."""
    near = f"{before[-60:]} {door['what']} {after[:40]}"
    secret = door["secret"]
    digits = sum(c.isdigit() for c in secret)
    if door["what"].lower().startswith("pincode"):
        return Judged(secret, Confidence.CONTEXT, door.start("secret"), len(secret))
    plain = door["what"].strip().lower() in ("code", "cijfers")
    if digits < (2 if secret[-1] in "#*" else 4) or digits > 6 or not _AT_THE_DOOR.search(near):
        return None
    if _NO_DOOR.search(before[-20:]) or re.match(r"\s?(?:[A-Z]{2}\b|[.,]\d|euro|%)", after):
        return None
    if (
        not plain
        and secret[-1] not in "#*"
        and not re.search(r"combinatie|code|sleutel|deur|huis|laan|straat|route", near, re.I)
    ):
        return None
    return Judged(secret, Confidence.CONTEXT, door.start("secret"), len(secret))
