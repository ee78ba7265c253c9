"""What the mails to senders share: which message they are about, and how they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.notices.original import isolated

MOST_NAMED = 20
"""Recipients that a mail names; more are counted."""


@dataclass(frozen=True, slots=True)
class About:
    """The message that a mail to its sender is about."""

    own_address: str
    """Where the mail comes from: the organisation itself."""
    sender: str
    """Where it goes."""
    subject: str
    link: str
    """The sender's page."""
    language: str
    shared: bool = False
    """Whether it is what a recipient replied to them and to the other recipients."""


def fact_subject(about: About) -> tuple[str, str, str]:
    """The subject, or that there is none."""
    _ = gettext_for(about.language)
    return _("Subject"), isolated(safe_text(about.subject, 300)) or _("(no subject)"), ""


def named(recipients: Sequence[str], language: str) -> str:
    """Addresses in one line.

    >>> named(["eva@elders.example", "jan@post.example"], "en")
    'eva@elders.example, jan@post.example'
    """
    _ = gettext_for(language)
    shown = [safe_text(recipient, 254) for recipient in recipients[:MOST_NAMED]]
    rest = len(recipients) - len(shown)
    return ", ".join(shown) + (" " + _("and %(count)d more") % {"count": rest} if rest else "")


def to_sender(brand: Brand, about: About, letter: Letter, subject: str) -> bytes:
    """The letter, on its way to the sender."""
    if about.shared:
        _ = gettext_for(about.language)
        whose = (
            _("Did you not write this message?"),
            _("Somebody whom you wrote to replied on the secure page, to you and to others. This is about that reply."),
        )
        letter = replace(letter, notes=(whose, *letter.notes))
    return machine_mail(
        brand,
        letter,
        sender_address=about.own_address,
        recipient=about.sender,
        subject=subject,
        language=about.language,
    )


def about_title(about: About, without: str) -> str:
    """The subject of the message for use in a subject line, or `without` when it has none."""
    return safe_text(about.subject, 150) or without
