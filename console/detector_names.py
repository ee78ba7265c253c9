"""What the detectors look for, as people call it."""

from __future__ import annotations

from collections.abc import Callable


def detector_name(name: str, _: Callable[[str], str]) -> str:
    """A detector in words; one that has none is called as in the rules."""
    return {
        "bsn": _("a citizen service number (BSN)"),
        "iban": _("an account number (IBAN)"),
        "card": _("the number of a payment card"),
        "mrz": _("the machine-readable lines of a passport or identity card"),
        "document-number": _("the number of a passport, identity card or driving licence"),
        "btw-id": _("a number for value added tax"),
        "licence-plate": _("a licence plate"),
        "home-address": _("an address with postcode and house number"),
        "date-of-birth": _("a date of birth"),
        "clinical": _("a dose, a measured value or a diagnosis code"),
        "complaint": _("what ails somebody, in everyday words"),
        "email-address": _("an e-mail address"),
        "phone": _("a phone number"),
        "credential": _("a password or key"),
        "person": _("somebody’s name"),
        "national-id": _("the number that another country gives to a person"),
        "v-number": _("the number of a foreigner at the immigration service"),
        "big": _("the number of a professional in health care (BIG)"),
        "agb": _("the code of a care provider (AGB)"),
        "uzi": _("the number of a card for health care (UZI)"),
        "kvk": _("the number of a company (KvK)"),
    }.get(name, _("the number “%(name)s”") % {"name": name.removeprefix("stdnum ")})
