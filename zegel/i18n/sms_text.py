"""What an SMS says: the organisation's sentence with the code, and the line that lets a phone fill it in."""

from __future__ import annotations

from zegel.i18n.gsm7 import SEGMENT, foreign, septets

PLACE = "{code}"
_EXAMPLE = "000000"


def sms_text(sentence: str, code: str, host: str) -> str:
    """The SMS: no name, no subject, and as last line `@host #code`.

    That line binds the code to the portal (the origin-bound one-time codes format of the W3C's Web Platform
    Incubator Group): phones fill it in on that host's pages only, so not on a forged one.

    >>> sms_text("Uw code is {code}.", "123456", "safe.clinic.example")
    'Uw code is 123456.\\n\\n@safe.clinic.example #123456'
    """
    return f"{sentence.replace(PLACE, code)}\n\n@{host} #{code}"


def wording_problem(sentence: str, host: str) -> str | None:
    """What is wrong with a sentence, or None: the code in it once, one segment in the alphabet of SMS."""
    if sentence.count(PLACE) != 1:
        return "the text has to hold {code} once, where the code goes"
    whole = sms_text(sentence, _EXAMPLE, host)
    length = septets(whole)
    if length is None:
        return f"the text holds {' '.join(foreign(whole))}, which is not in the alphabet of SMS (GSM-7)"
    if length > SEGMENT:
        return f"the text is {length - SEGMENT} signs too long for one SMS, the line '@{host} #{_EXAMPLE}' included"
    return None
