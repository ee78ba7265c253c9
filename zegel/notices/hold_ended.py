"""The bounce to a sender whose message waited for a number until the end."""

from __future__ import annotations

from collections.abc import Sequence

from zegel.i18n.catalogues import translations
from zegel.message.text.safe_names import safe_text
from zegel.notices.bounce import delivery_report
from zegel.notices.brand import Brand
from zegel.notices.letter import FOLDER, Letter
from zegel.notices.to_sender import named

STATUS = "5.4.7"
"""Delivery time expired (RFC 3463, 3.5)."""


def hold_over_mail(
    brand: Brand, *, to: str, recipients: Sequence[str], subject: str, language: str, from_address: str
) -> bytes:
    """A delivery report (RFC 3464) to `to`, who wrote; send it with the null sender as envelope."""
    catalogue = translations(FOLDER, language)
    _, ngettext, count = catalogue.gettext, catalogue.ngettext, len(recipients)
    about = safe_text(subject, 500)
    facts = [(_("To"), named(recipients, language), ""), (_("Subject"), about, "")]
    letter = Letter(
        heading=_("Your message was not delivered"),
        lead=ngettext(
            "We waited for the telephone number of this recipient, and asked you for it. Nobody gave it, so this "
            "recipient has not been able to read your message, and will not be.",
            "We waited for the telephone numbers of these recipients, and asked you for them. Nobody gave them, so "
            "these recipients have not been able to read your message, and will not be.",
            count,
        ),
        facts=tuple(fact for fact in facts if fact[1]),
        steps=(
            ngettext(
                "Send the message again. We then ask for the number again: give it on the page.",
                "Send the message again. We then ask for the numbers again: give them on the page.",
                count,
            ),
            ngettext(
                "Do you not have the number? Then reach the recipient in another way.",
                "Do you not have the numbers? Then reach the recipients in another way.",
                count,
            ),
        ),
        steps_title=_("What you can do"),
    )
    return delivery_report(
        brand,
        letter,
        to=to,
        failed_recipients=recipients,
        subject=about,
        status=STATUS,
        answer="",
        language=language,
        from_address=from_address,
    )
