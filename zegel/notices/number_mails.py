"""Mails to a sender about the phone number of a recipient."""

from __future__ import annotations

from collections.abc import Sequence

from zegel.i18n import moments
from zegel.i18n.catalogues import translations
from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand
from zegel.notices.letter import FOLDER, Letter, gettext_for
from zegel.notices.to_sender import About, about_title, fact_subject, named, to_sender
from zegel.theme.palette import GOOD


def number_request_mail(
    brand: Brand,
    about: About,
    *,
    recipients: Sequence[str],
    reason: str,
    sample: str,
    until: float,
    reminder: bool,
    others: bool = True,
    may_agree: bool = False,
    calls: bool = False,
) -> bytes:
    """The question for the numbers of `recipients`, who wait until `until` (seconds since 1970).

    `others` says whether the message has recipients who need not wait, `may_agree` whether a code can be agreed on
    instead. `reason` is the name of the rule in the
    sender's language, `sample` what it found, masked; "" where unknown.
    """
    catalogue = translations(FOLDER, about.language)
    _, ngettext, count = catalogue.gettext, catalogue.ngettext, len(recipients)
    waits = moments.until(until, about.language, brand.timezone)
    why = (_("Why"), safe_text(reason, 200), "")
    found = (_("Found"), safe_text(sample, 60), "")
    facts = [fact_subject(about), why, found, (_("Waiting for"), named(recipients, about.language), "")]
    heading = (
        ngettext(
            "Your message is still waiting for a telephone number",
            "Your message is still waiting for telephone numbers",
            count,
        )
        if reminder
        else ngettext(
            "Your message is waiting for a telephone number", "Your message is waiting for telephone numbers", count
        )
    )
    not_held = (_("Other recipients?"), _("They do not wait: what could be delivered has been delivered."))
    agree = (
        _("No mobile phone?"),
        _("On the same page you can agree on a code with the recipient. Tell it by telephone or on paper."),
    )
    letter = Letter(
        heading=heading,
        lead=(_("Your message contains sensitive information.") if sample else _("Your message has extra protection."))
        + " "
        + (
            ngettext(
                "That is why the recipient opens it with a code by SMS or telephone call. We do not know the telephone "
                "number of one recipient yet. You give it once: after that we know it for every message.",
                "That is why the recipients open it with a code by SMS or telephone call. We do not know the telephone "
                "numbers of %(count)d recipients yet. You give them once: after that we know them for every message.",
                count,
            )
            if calls
            else ngettext(
                "That is why the recipient opens it with a code by SMS. We do not know the mobile number of one "
                "recipient yet. You give it once: after that we know it for every message.",
                "That is why the recipients open it with a code by SMS. We do not know the mobile numbers of "
                "%(count)d recipients yet. You give them once: after that we know them for every message.",
                count,
            )
        )
        % {"count": count},
        facts=tuple(fact for fact in facts if fact[1]),
        button=ngettext("Give the number and send", "Give the numbers and send", count),
        button_colour=GOOD,
        link=about.link,
        below_button=_("The message waits %(until)s.") % {"until": waits},
        notes=(
            *((not_held,) if others else ()),
            *((agree,) if may_agree else ()),
            (
                _("No number, or a mistake in the message?"),
                _(
                    "On the same page you can withdraw the message. If you do nothing, it is not delivered and we "
                    "tell you."
                ),
            ),
        ),
    )
    title = about_title(about, named(recipients[:1], about.language))
    subject = (
        _("Reminder: telephone number needed: %(subject)s") if reminder else _("Telephone number needed: %(subject)s")
    )
    return to_sender(brand, about, letter, subject % {"subject": title})


def number_missing_mail(brand: Brand, about: About, *, recipient: str) -> bytes:
    """The recipient wants to read, and their number is not known any more."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("A recipient waits for your help"),
        lead=_(
            "%(recipient)s wants to open your message, but we no longer know the telephone number that the "
            "code goes to."
        )
        % {"recipient": safe_text(recipient, 254)},
        facts=(fact_subject(about),),
        button=_("Give the number"),
        button_colour=GOOD,
        link=about.link,
        below_button=_("After that the recipient can ask for a code."),
    )
    return to_sender(brand, about, letter, _subject(about, recipient))


def wrong_number_mail(brand: Brand, about: About, *, recipient: str, number: str) -> bytes:
    """Somebody at `recipient` said that the number is not theirs."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("We send this recipient no more codes"),
        lead=_("Somebody who read the e-mail of %(recipient)s says: %(number)s is not my number.")
        % {"recipient": safe_text(recipient, 254), "number": number},
        facts=(fact_subject(about),),
        button=_("Correct the number"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(
            _("Ask the recipient for the right number, in a call or in person. Then give it on the page."),
            _("Is all of it right? Then give the same number again, and the codes go on."),
        ),
    )
    return to_sender(brand, about, letter, _subject(about, recipient))


def code_failed_mail(brand: Brand, about: About, *, recipient: str, number: str, called: bool = False) -> bytes:
    """The gateway or the network refused an SMS, or a call, for good."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("A code could not be delivered"),
        lead=(
            _(
                "%(recipient)s asked for a code to open your message. We could not call %(number)s. "
                "The number may be wrong or no longer in use."
            )
            if called
            else _(
                "%(recipient)s asked for a code to open your message. The SMS to %(number)s could not be delivered. "
                "The number may be wrong or no longer in use."
            )
        )
        % {"recipient": safe_text(recipient, 254), "number": number},
        facts=(fact_subject(about),),
        button=_("Correct the number"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(
            _("Ask the recipient for the right number, in a call or in person. Then give it on the page."),
            _("Is the number right? The phone may have been off. Then the recipient can ask for a new code."),
        ),
    )
    return to_sender(brand, about, letter, _subject(about, recipient))


def locked_mail(brand: Brand, about: About, *, recipient: str, agreed: bool = False) -> bytes:
    """Too many wrong codes were typed; `agreed` when it was the agreed one, which locks all that it opens."""
    _ = gettext_for(about.language)
    letter = Letter(
        heading=_("Your message is locked"),
        lead=_(
            "Somebody typed a wrong code for your message to %(recipient)s many times. To protect it, nobody can "
            "open it there now."
        )
        % {"recipient": safe_text(recipient, 254)},
        facts=(fact_subject(about),),
        button=_("Look and unlock"),
        link=about.link,
        steps_title=_("What you can do"),
        steps=(
            _("Call the recipient on a number that you know. Was it the recipient? Then unlock the message."),
            *(
                (_("Does the recipient not know the agreed code any more? Then agree on another one."),)
                if agreed
                else ()
            ),
            _("Was it somebody else? Then withdraw the message. That person can read the recipient's e-mail."),
        ),
    )
    return to_sender(brand, about, letter, _subject(about, recipient))


def number_changed_mail(brand: Brand, about: About, *, recipient: str, number: str, by: str) -> bytes:
    """Somebody else gave another number; `by` is an address, or "" for the administrator. Its link may be ""."""
    _ = gettext_for(about.language)
    who = safe_text(by, 254) or _("The administrator")
    letter = Letter(
        heading=_("A telephone number was changed"),
        lead=_("%(who)s changed the telephone number of %(recipient)s. Codes for your messages now go to %(number)s.")
        % {"who": who, "recipient": safe_text(recipient, 254), "number": number},
        notes=(
            (
                _("Did you not expect this?"),
                _(
                    "Ask the recipient, in a call or in person, whether the number is right. Is it wrong? Then tell "
                    "the administrator."
                ),
            ),
        ),
    )
    return to_sender(brand, about, letter, _("Telephone number changed: %(recipient)s") % {"recipient": recipient})


def _subject(about: About, recipient: str) -> str:
    _ = gettext_for(about.language)
    return _("Action needed: %(subject)s") % {"subject": about_title(about, safe_text(recipient, 254))}
