"""The mail to a recipient when a passkey was made for their address."""

from __future__ import annotations

from urllib.parse import urlsplit

from zegel.i18n import moments
from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for


def passkey_added_mail(
    brand: Brand,
    *,
    sender_address: str,
    recipient: str,
    name: str,
    at: float,
    level: int,
    link: str,
    language: str,
    phrase: str = "",
) -> bytes:
    """`name` is what its maker calls it; `link` leads to the recipient's list, "" when its message has ended."""
    _ = gettext_for(language)
    opens = _("It opens your secure messages from %(organisation)s, instead of a password from an e-mail.")
    if level > 1:
        opens = _("It opens your secure messages from %(organisation)s, instead of a password or a code.")
    remove = _("Open the message, choose Your passkeys, and remove it.")
    if not link:
        remove = _("Open a newer message from us, choose Your passkeys, and remove it.")
    letter = Letter(
        heading=_("A passkey was made"),
        lead=_("Somebody opened your secure message and made a passkey.") + " " + opens % {"organisation": brand.name},
        facts=(
            (_("Name"), safe_text(name, 60), ""),
            (_("Made"), moments.format_moment(at, language, brand.timezone), ""),
        ),
        phrase=phrase,
        notes=(
            (_("Was it you?"), _("Then you need to do nothing.")),
            (
                _("Was it not you?"),
                remove
                + " "
                + _("Change the password of your mailbox as well, for somebody may be reading your e-mail."),
            ),
        ),
        button=_("Look at your passkeys") if link else "",
        link=link,
        below_button=_("The secure page is at %(host)s.") % {"host": urlsplit(link).hostname} if link else "",
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("A passkey was made for your secure messages"),
        language=language,
    )
