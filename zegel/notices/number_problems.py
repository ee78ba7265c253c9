"""What is wrong with a number that somebody typed, and what to do: the same words on pages and in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale

from zegel.notices.letter import gettext_for
from zegel.recipients.phone_numbers import Wrong, example


def reason(wrong: Wrong, language: str, allowed: Sequence[str]) -> str:
    """The sentence for `wrong`; `allowed` are the countries (ISO 3166) that numbers may be from."""
    _ = gettext_for(language)
    territories = Locale.parse(language).territories
    model = example(allowed[0]) if allowed else ""
    if wrong.kind == "country":
        names = ", ".join(territories.get(each, each) for each in allowed)
        if wrong.region:
            said = _("We cannot send codes to a number in this country: %(country)s. We can send codes to: %(names)s.")
            return said % {"country": territories.get(wrong.region, wrong.region), "names": names}
        return _("We do not know the country of this number. We can send codes to: %(names)s.") % {"names": names}
    sentences = {
        "empty": _("Type a number, such as %(example)s."),
        "letters": _("A number has digits only. Leave out names and other words."),
        "several": _("These are several numbers. Give one."),
        "extension": _("A code cannot go to an extension. Give a direct number."),
        "short": _("This number is too short. A digit may be missing."),
        "long": _("This number is too long. There may be a digit too many."),
        "invalid": _("This number does not exist. Check the digits and the country."),
        "landline": _("This is not a mobile number. The code goes by SMS, to a mobile phone only."),
        "uncalled": _("We cannot call this number. Give a mobile number, or the number of an ordinary landline."),
        "premium": _("This is a number that costs extra. Give an ordinary number."),
    }
    return sentences[wrong.kind] % {"example": model}
