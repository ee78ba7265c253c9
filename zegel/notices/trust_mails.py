"""Mails by which people keep hold of what happens: a device that was remembered, and what a recipient said."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from zegel.i18n import moments
from zegel.message.text.safe_names import safe_text
from zegel.notices.automatic import machine_mail
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for
from zegel.notices.original import isolated
from zegel.notices.to_sender import About, about_title, fact_subject, to_sender
from zegel.way_names import WayName

_MOST_MOMENTS = 10
"""Openings that a mail names, the newest."""


def browser_in_words(browser: str, system: str, language: str) -> str:
    """What kind of browser it is.

    >>> browser_in_words("Firefox", "Android", "en"), browser_in_words("", "", "en")
    ('Firefox on Android', 'an unknown browser')
    """
    _ = gettext_for(language)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("an unknown browser")


def new_device_mail(
    brand: Brand,
    *,
    sender_address: str,
    recipient: str,
    browser: str,
    system: str,
    at: float,
    ends_at: float,
    link: str,
    language: str,
    phrase: str = "",
) -> bytes:
    """To a recipient: a browser opens their messages without a password from now on. `link` removes it."""
    _ = gettext_for(language)
    letter = Letter(
        heading=_("A device is remembered"),
        lead=_(
            "Somebody opened your secure message and ticked the box to remember the device. That device "
            "opens your messages from %(organisation)s without a password or code, %(until)s."
        )
        % {"until": moments.until(ends_at, language, brand.timezone), "organisation": brand.name},
        facts=(
            (_("Device"), browser_in_words(browser, system, language), ""),
            (_("Since"), moments.format_moment(at, language, brand.timezone), ""),
        ),
        phrase=isolated(safe_text(phrase, 60)),
        notes=(
            (_("Was it you?"), _("Then you need to do nothing.")),
            (
                _("Was it not you?"),
                _(
                    "Remove the device. Everything that is open for you is then closed too. Change the password of "
                    "your mailbox as well, for somebody may be reading your e-mail."
                ),
            ),
        ),
        button=_("Remove this device"),
        link=link,
        below_button=_("The secure page is at %(host)s.") % {"host": urlsplit(link).hostname or link},
    )
    return machine_mail(
        brand,
        letter,
        sender_address=sender_address,
        recipient=recipient,
        subject=_("A device is remembered for your secure messages"),
        language=language,
    )


def not_for_me_mail(brand: Brand, about: About, *, recipient: str) -> bytes:
    """To the sender: somebody at `recipient` says that the message is not for them, and nobody can open it there."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("Somebody says: this message is not for me"),
        lead=_(
            "Somebody who read the e-mail of %(recipient)s says that your message is not for them. To be safe, nobody "
            "can open it there now."
        )
        % {"recipient": safe_text(recipient, 254)},
        facts=(fact_subject(about),),
        button=_("Look at your message"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(
            _("Check the address. Is it wrong? Then withdraw the message and send it to the right address."),
            _("Is the address right? Call the recipient. After that you can let them open it, on the page."),
        ),
    )
    return to_sender(brand, about, letter, _needs_you(about, recipient))


def not_asked_mail(
    brand: Brand, about: About, *, recipient: str, opened_at: Sequence[float], taken: bool, way: WayName
) -> bytes:
    """To the sender: the recipient asked for no password or code, and the message was opened with one.

    `taken` says whether files were looked at or downloaded.
    """
    _ = gettext_for(about.language)
    who = safe_text(recipient, 254)
    opened = "; ".join(moments.format_moment(at, about.language, brand.timezone) for at in opened_at[-_MOST_MOMENTS:])
    files = _("Files were looked at or downloaded too.") if taken else ""
    by_sms = way == "sms"
    asked = _("%(recipient)s did not ask for a code, but your message was opened with one.")
    letter = Letter(
        heading=_("Somebody else may have read your message"),
        lead=(asked if by_sms else _("%(recipient)s did not ask for a password, but your message was opened with one."))
        % {"recipient": who},
        facts=(fact_subject(about), (_("To"), who, ""), (_("Opened"), opened, files)),
        button=_("Look at your message"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(
            _("Everything that was opened this way is closed now. Nobody reads on without a new code.")
            if by_sms
            else _("Everything that was opened this way is closed now. Nobody reads on without a new password."),
            _("Call the recipient: somebody else may be getting their codes. Check the number together.")
            if by_sms
            else _("Call the recipient: somebody may be reading their e-mail."),
            _("Withdraw the message, if it should not be read there now."),
            _("Was something confidential in it? Tell whoever handles data breaches in your organisation."),
        ),
    )
    return to_sender(brand, about, letter, _needs_you(about, recipient))


def ask_sender_mail(
    brand: Brand,
    about: About,
    *,
    recipient: str,
    sent_at: float,
    recalled: bool,
    can_extend: bool,
    destroyed: bool = True,
) -> bytes:
    """To the sender: a recipient would like to read what was withdrawn, or has expired.

    The subject of `about` is "" when it is gone with the message: then its date tells which one it was.
    """
    _ = gettext_for(about.language)
    who = safe_text(recipient, 254)
    sent = (_("Sent"), moments.format_moment(sent_at, about.language, brand.timezone), "")
    facts = (sent, (_("To"), who, ""))
    steps: tuple[str, ...]
    if recalled:
        lead = _("%(recipient)s asks for the message that you withdrew. Nobody can read it there.")
        steps = (_("Should the recipient read it after all? Then send it again from your own e-mail program."),)
    elif can_extend:
        lead = _(
            "%(recipient)s asks for a message that has just expired. The original is still there for a short time."
        )
        steps = (
            _("Press the button soon, and keep the message longer. The recipient then gets the link again."),
            _("Are you too late? Then send it again from your own e-mail program."),
        )
    else:
        lead = (
            _("%(recipient)s asks for a message that has expired. We destroyed it, so nobody can bring it back.")
            if destroyed
            else _("%(recipient)s asks for a message that has expired. It cannot be kept longer.")
        )
        steps = (_("Does the recipient still need it? Then send it again from your own e-mail program."),)
    letter = Letter(
        heading=_("A recipient asks for your message"),
        lead=lead % {"recipient": who},
        facts=(fact_subject(about), *facts) if about.subject else facts,
        button=_("Look at your message"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(*steps, _("You do not want that? Then you need to do nothing.")),
    )
    return to_sender(brand, about, letter, _needs_you(about, recipient))


def _needs_you(about: About, recipient: str) -> str:
    _ = gettext_for(about.language)
    return _("Action needed: %(subject)s") % {"subject": about_title(about, safe_text(recipient, 254))}
