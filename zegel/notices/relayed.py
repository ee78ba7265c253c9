"""The report to a sender who asked to hear of success too (NOTIFY=SUCCESS, RFC 3461): passed on, and no more."""

from __future__ import annotations

from zegel.message.text.safe_names import safe_text
from zegel.notices.bounce import delivery_report
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.notices.to_sender import About

STATUS = "2.0.0"
"""Success of no particular kind (RFC 3463, 3.1)."""


def relayed_mail(
    brand: Brand, about: About, *, recipient: str, original_recipient: str, envelope_id: str, direct: bool = False
) -> bytes:
    """A delivery report with the action "relayed" (RFC 3464, 2.3.3); send it with the null sender as envelope.

    Never "delivered": what a mail server took is the notification, and the message waits to be opened. When it was
    delivered `direct`, the server behind ours has taken the message itself, and what became of it there is not known.
    """
    _ = gettext_for(about.language)
    subject, who = safe_text(about.subject, 500), safe_text(recipient, 320)
    facts = [(_("To"), who, ""), (_("Subject"), subject, "")]
    letter = Letter(
        heading=_("Your message was passed on"),
        lead=_(
            "You asked for a delivery report. The mail server of the recipient has taken your message itself, over a "
            "connection that was checked. Whether it is read is not known."
        )
        if direct
        else _(
            "You asked for a delivery report. The recipient gets an e-mail with a link to your message, and the mail "
            "server has taken that e-mail. Whether it arrives and whether the message is opened is not known yet."
        ),
        facts=tuple(fact for fact in facts if fact[1]),
        button=_("Follow your message"),
        link=about.link,
    )
    return delivery_report(
        brand,
        letter,
        to=about.sender,
        failed_recipients=(recipient,),
        subject=subject,
        status=STATUS,
        answer="",
        language=about.language,
        from_address=about.own_address,
        action="relayed",
        original_recipient=original_recipient,
        envelope_id=envelope_id,
    )
