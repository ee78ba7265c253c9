"""The mail with a password that proves an address. Anybody can have it sent, so it says nothing that was typed."""

from __future__ import annotations

from zegel.i18n import moments
from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.notices.original import isolated
from zegel.unlock.passwords import grouped


def proof_mail(
    brand: Brand,
    *,
    sender_address: str,
    recipient: str,
    password: str,
    until: float,
    at: float,
    language: str,
    phrase: str = "",
) -> bytes:
    """The password in groups of four, asked for `at` and good `until`, in seconds since 1970.

    It has no link: the password works in the browser that asked for it, on the page that is open there.
    """
    _ = gettext_for(language)
    values = {"name": brand.name}
    letter = Letter(
        heading=_("Your password"),
        lead=_(
            "Somebody typed this e-mail address on a page to write to %(name)s. Was it you? Then this is your password:"
        )
        % values,
        secret=grouped(password),
        phrase=isolated(safe_text(phrase, 60)),
        below_button=_("You can use the password once, %(until)s.")
        % {"until": moments.until(until, language, brand.timezone, at)},
        steps_title=_("What to do now"),
        steps=(
            _("Go back to the page where you asked for the password. It works in that browser only."),
            _("Type or paste the password. Capitals, spaces and hyphens make no difference."),
        ),
        notes=(
            (
                _("Was it not you?"),
                _(
                    "Then you can ignore this e-mail. Without this password nobody can write in your name. Never give "
                    "it to anybody."
                ),
            ),
        ),
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("Your password to write to %(name)s") % values,
        language=language,
    )
