"""The mails to the people of the console: a password to sign in, and that a passkey was made."""

from __future__ import annotations

from zegel.i18n import moments
from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.unlock.passwords import as_typed, grouped


def console_password_mail(
    brand: Brand,
    *,
    sender_address: str,
    recipient: str,
    password: str,
    link: str,
    until: float,
    at: float,
    language: str,
) -> bytes:
    """The password that somebody asked for `at`, to sign in to the console at `link`; it works `until`."""
    _ = gettext_for(language)
    letter = Letter(
        heading=_("Your password for the console"),
        lead=_("You asked for a password to sign in to the console of %(organisation)s. This is it:")
        % {"organisation": brand.name},
        secret=grouped(as_typed(password)),
        below_button=_("You can use the password once, %(until)s.")
        % {"until": moments.until(until, language, brand.timezone, at)},
        steps_title=_("What to do now"),
        steps=(
            _("Go back to the page where you asked for the password. It works in that browser only."),
            _("Type or paste the password. Capitals, spaces and hyphens make no difference."),
        ),
        notes=(
            (
                _("Did you not ask for a password?"),
                _("Then somebody else typed your address. Do nothing: without this password they cannot sign in."),
            ),
        ),
        button=_("Enter the password"),
        link=f"{link}/enter",
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("Your password for the console"),
        language=language,
    )


def console_passkey_mail(
    brand: Brand, *, sender_address: str, recipient: str, name: str, at: float, link: str, language: str
) -> bytes:
    """Somebody made a passkey for the console, which they call `name`; `link` leads to the list."""
    _ = gettext_for(language)
    letter = Letter(
        heading=_("A passkey was made"),
        lead=_("Somebody signed in to the console with your address and made a passkey."),
        facts=(
            (_("Name"), safe_text(name, 60), ""),
            (_("Made"), moments.format_moment(at, language, brand.timezone), ""),
        ),
        notes=(
            (_("Was it you?"), _("Then you need to do nothing.")),
            (
                _("Was it not you?"),
                _("Tell your administrator at once, and change the password of your mailbox."),
            ),
        ),
        button=_("Look at your passkeys"),
        link=f"{link}/passkeys",
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("A passkey was made for the console"),
        language=language,
    )
