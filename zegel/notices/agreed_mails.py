"""Mails to a sender about the code that somebody agreed on with a recipient."""

from __future__ import annotations

from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.notices.to_sender import About, to_sender


def agreed_code_mail(brand: Brand, about: About, *, recipient: str, by: str, withdrawn: bool) -> bytes:
    """Somebody else set another code, or withdrew it; `by` is an address, or "" for the administrator.

    Its subject is "", and its link "" when no message of the sender can be opened any more.
    """
    _ = gettext_for(about.language)
    whose = safe_text(recipient, 254)
    named = {"who": safe_text(by, 254) or _("The administrator"), "recipient": whose}
    if withdrawn:
        heading = _("An agreed code was withdrawn")
        lead = _(
            "%(who)s withdrew the code that was agreed on with %(recipient)s. It does not open your messages any more."
        )
        subject = _("Agreed code withdrawn: %(recipient)s")
    else:
        heading = _("A code was agreed on")
        lead = _(
            "%(who)s agreed on a code with %(recipient)s. Your messages to this recipient now open with that code. "
            "What opened them before does so no longer."
        )
        subject = _("Agreed code changed: %(recipient)s")
    again = (
        _("Should the recipient still read your message?"),
        _("Then give a telephone number on the page of the message, or agree on another code there."),
    )
    doubt = (
        _("Did you not expect this?"),
        _(
            "Ask the recipient, in a call or in person, whether this is right. Is it wrong? Then tell the "
            "administrator."
        ),
    )
    letter = Letter(
        heading=heading,
        lead=lead % named,
        button=_("Look at your message") if about.link else "",
        link=about.link,
        notes=(*((again,) if withdrawn and about.link else ()), doubt),
    )
    return to_sender(brand, about, letter, subject % {"recipient": whose})
