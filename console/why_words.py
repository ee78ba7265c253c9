"""Why a number was believed or not, in the language of the reader."""

from __future__ import annotations

from collections.abc import Callable

from zegel.policy.believed import Reason, Why


def why_in_words(reason: Reason, _: Callable[[str], str]) -> str:
    """A sentence about one number."""
    said = {
        Why.FORM: _("Believed: its form is enough."),
        Why.BEFORE: _("Believed: “%(word)s” in front of it, %(signs)s signs away, says what it is."),
        Why.AFTER: _("Believed: “%(word)s” behind it, %(signs)s signs away, says what it is."),
        Why.HEAD: _("Believed: the head of its column is “%(word)s”."),
        Why.BESIDE: _("Believed: the cell to the left says “%(word)s”."),
        Why.ABOVE: _("Believed: the cell above says “%(word)s”."),
        Why.ROW: _("Believed: its row has a name and a birth date too."),
        Why.UNNAMED: _("Its form is right, but no word nearby says what it is."),
        Why.DIGITS: _("Not believed: its check digits are wrong."),
        Why.OTHER_BEFORE: _("Not believed: “%(word)s” in front of it, %(signs)s signs away, makes it something else."),
        Why.OTHER_AFTER: _("Not believed: “%(word)s” behind it, %(signs)s signs away, makes it something else."),
        Why.OTHER_HEAD: _("Not believed: the head of its column is “%(word)s”."),
        Why.OTHER_BESIDE: _("Not believed: the cell to the left says “%(word)s”."),
        Why.CROWD: _("Not believed: most numbers of this form in the text have wrong check digits."),
    }[reason.why]
    return said % {"word": reason.word or "…", "signs": reason.signs}
