"""Mails that Zegel sends in its own name, to somebody who asked or has to know."""

from __future__ import annotations

from zegel.i18n import moments
from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, both_ways, gettext_for, letter_page, letter_text
from zegel.notices.mime_writer import field, mail, mailbox
from zegel.notices.original import isolated
from zegel.unlock.passwords import as_typed, grouped


def password_mail(
    brand: Brand,
    *,
    sender_address: str,
    recipient: str,
    password: str,
    link: str,
    message_sender: str,
    until: float,
    at: float,
    language: str,
    phrase: str = "",
    written_first: bool = False,
) -> bytes:
    """The second mail: the password that the recipient asked for, in groups of four.

    It comes from the organisation at `sender_address`, not from the person who wrote the message
    (`message_sender`: a name or an address). It was asked for `at` and works `until`, in seconds since 1970. With
    `written_first` the recipient has written to them, and nobody to the recipient.
    """
    _ = gettext_for(language)
    sender = isolated(safe_text(message_sender, 200)) or brand.name
    if written_first:
        lead = _("You asked for a password to open your messages to %(name)s. This is it:") % {"name": sender}
    else:
        lead = _("You asked for a password to open the secure message from %(sender)s. This is it:") % {
            "sender": sender
        }
    letter = Letter(
        heading=_("Your password"),
        lead=lead,
        secret=grouped(as_typed(password)),
        below_button=_("You can use the password once, %(until)s.")
        % {"until": moments.until(until, language, brand.timezone, at)},
        phrase=isolated(safe_text(phrase, 60)),
        button=_("Enter the password"),
        link=f"{link}/enter",
        steps_title=_("What to do now"),
        steps=(
            _("Go back to the page where you asked for the password. It may still be open."),
            _("Type or paste the password. Capitals, spaces and hyphens make no difference."),
        ),
        notes=(
            (
                _("Did you not ask for a password?"),
                _(
                    "Then somebody else may have the link to this message. Never give a password to anybody, not even "
                    "to us. Here you end the password and read what it means:"
                ),
                f"{link}/not-asked",
            ),
        ),
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("Your password for the secure message"),
        language=language,
    )


def machine_mail(
    brand: Brand, letter: Letter, *, sender_address: str, recipient: str, subject: str, language: str
) -> bytes:
    """A letter from the organisation itself, marked as written by a machine (RFC 3834)."""
    fields = [
        mailbox("From", sender_address, brand.name),
        mailbox("To", recipient),
        field("Subject", subject),
        b"Auto-Submitted: auto-generated",
    ]
    text, page = letter_text(brand, letter, language), letter_page(brand, letter, language)
    return mail(fields, both_ways(brand, text, page))
