"""Mails that not every organisation wants, and the alarm that every administrator does."""

from __future__ import annotations

from collections.abc import Sequence

from zegel.i18n import moments
from zegel.i18n.catalogues import translations
from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import FOLDER, Letter, gettext_for
from zegel.notices.to_sender import About, about_title, fact_subject, named, to_sender


def receipt_mail(brand: Brand, about: About, *, recipients: Sequence[str], expires_at: float) -> bytes:
    """The message is sealed and on its way."""
    catalogue = translations(FOLDER, about.language)
    _ = catalogue.gettext
    letter = Letter(
        heading=_("Your message was sent securely"),
        lead=catalogue.ngettext(
            "The recipient gets a link and opens your message on a secure page.",
            "The recipients get a link and open your message on a secure page.",
            len(recipients),
        ),
        facts=(
            fact_subject(about),
            (_("To"), named(recipients, about.language), ""),
            (_("Available until"), moments.format_moment(expires_at, about.language, brand.timezone), ""),
        ),
        button=_("Follow your message"),
        link=about.link,
        below_button=_("There you see who has opened the message. You can also withdraw it there."),
    )
    return to_sender(brand, about, letter, _("Sent securely: %(subject)s") % {"subject": _title(about)})


def cleared_mail(brand: Brand, about: About, *, recipients: Sequence[str]) -> bytes:
    """An officer had it sent as it was written, because it was a false alarm."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("Your message goes as an ordinary e-mail"),
        lead=_(
            "Your organisation found that this message needed no protection. It goes to the recipient as you wrote it, "
            "without a password or code."
        ),
        facts=(fact_subject(about), (_("To"), named(recipients, about.language), "")),
        button=_("Follow your message"),
        link=about.link,
    )
    return to_sender(brand, about, letter, _("Sent as an ordinary e-mail: %(subject)s") % {"subject": _title(about)})


def opened_mail(brand: Brand, about: About, *, recipient: str, at: float) -> bytes:
    """A recipient has opened the message for the first time."""
    _ = gettext_for(about.language)
    when = moments.on(at, about.language, brand.timezone)
    letter = Letter(
        heading=_("Your message was opened"),
        lead=_("%(recipient)s opened your message %(when)s.") % {"recipient": safe_text(recipient, 254), "when": when},
        facts=(fact_subject(about),),
        button=_("Follow your message"),
        link=about.link,
    )
    return to_sender(brand, about, letter, _("Opened: %(subject)s") % {"subject": _title(about)})


def not_opened_mail(brand: Brand, about: About, *, recipient: str, expires_at: float) -> bytes:
    """Two working days have passed."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("Your message was not opened yet"),
        lead=_("Two working days have passed, and %(recipient)s has not opened your message.")
        % {"recipient": safe_text(recipient, 254)},
        facts=(
            fact_subject(about),
            (_("Available until"), moments.format_moment(expires_at, about.language, brand.timezone), ""),
        ),
        button=_("Send the link again"),
        link=about.link,
        notes=((_("Is it urgent?"), _("Call the recipient. The link may be in the spam folder.")),),
    )
    return to_sender(brand, about, letter, _("Not opened yet: %(subject)s") % {"subject": _title(about)})


def sms_alarm_mail(brand: Brand, *, own_address: str, to: str, sent: int, cap: int, language: str) -> bytes:
    """To the administrator: the day's SMS run out, or have."""
    _ = gettext_for(language)
    values = {"sent": sent, "cap": cap}
    full = sent >= cap
    letter = Letter(
        heading=_("No more codes for now") if full else _("The allowed codes are running out"),
        lead=_("In the last 24 hours %(sent)d codes were asked for by SMS or telephone call, and %(cap)d are allowed.")
        % values,
        steps_title=_("What you can do"),
        steps=(
            _("Look whether this is ordinary use: zegel outbox list --all shows each one."),
            _("If it is, raise sms.daily_cap in zegel.yaml and restart the portal and the courier."),
            _("If it is not, somebody may be pressing a button many times. The limits hold, and end by themselves."),
        ),
    )
    subject = _("Codes: %(sent)d of %(cap)d used") % values
    return machine_mail(brand, letter, sender_address=own_address, recipient=to, subject=subject, language=language)


def _title(about: About) -> str:
    _ = gettext_for(about.language)
    return about_title(about, _("(no subject)"))
