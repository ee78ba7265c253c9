"""A test mail through Postfix, the milter and the courier: whether all of Zegel works together."""

from __future__ import annotations

import smtplib
import time
from email.message import EmailMessage
from email.utils import make_msgid

from zegel.cli.opened import opened_core
from zegel.cli.setup.machine import NotReady, wait_until
from zegel.policy.language.load import Rules
from zegel.settings.model import Settings
from zegel.vault.tables.records import OutboxItem

SECONDS = 90
_SOME_WORDS = "BSN 111222333, diabetes"
"""Protected by the shipped rules, where no activation word asks for it."""


def try_a_mail(config: str | None, settings: Settings, rules: Rules, to: str) -> str:
    """Sends one from the postmaster to an address outside, and waits until its notification is at Postfix.

    Returns what was seen. Raises NotReady.
    """
    since = time.time() - 1
    _hand_in(settings, _mail(settings, rules, to), to)
    found: list[OutboxItem] = []

    def is_sent() -> bool:
        found[:] = _items(config, to, since)
        return any(item.state in ("done", "stuck") for item in found)

    wait_until(is_sent, SECONDS)
    if not found:
        raise NotReady(
            f"the test mail to {to} passed and was not sealed: see Postfix's log for it, and whether {settings.rules} "
            "protects mail to that address"
        )
    item = found[0]
    if item.state != "done":
        raise NotReady(f"the test mail was sealed, but its notification was not taken: {item.error or item.state}; see "
                       "zegel outbox list")  # fmt: skip
    return f"a test mail from {settings.postmaster} to {to} was sealed, and Postfix has the notification with the link"


def _mail(settings: Settings, rules: Rules, to: str) -> EmailMessage:
    mail = EmailMessage()
    words = rules.activation_words
    mail["From"], mail["To"] = settings.postmaster, to
    mail["Subject"] = f"{words[0] + ' ' if words else ''}Zegel: test"
    mail["Message-ID"] = make_msgid(domain=settings.domains[0])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"zegel setup sent this to see whether all works.\n{'' if words else _SOME_WORDS}\n")
    return mail


def _hand_in(settings: Settings, mail: EmailMessage, to: str) -> None:
    where = f"{settings.replies.host} port {settings.replies.port}"
    try:
        with smtplib.SMTP(settings.replies.host, settings.replies.port, "localhost", timeout=60) as smtp:
            smtp.send_message(mail, settings.postmaster, [to])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise NotReady(f"Postfix at {where} does not take the test mail to {to}: {code} {_plain(text)}") from None
    except smtplib.SMTPResponseException as error:
        said = f"{error.smtp_code} {_plain(error.smtp_error)}"
        raise NotReady(f"Postfix at {where} does not take the test mail: {said}; see the logs of both") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotReady(f"Postfix does not answer at {where}: {error}") from None


def _items(config: str | None, to: str, since: float) -> list[OutboxItem]:
    """What the courier has, or had, for that address since then."""
    with opened_core(config) as core:
        store = core.vault.store
        found = []
        for item in store.outbox.list(["due", "claimed", "stuck", "done"]):
            delivery = store.delivery(item.delivery_id) if item.created_at >= since else None
            if delivery is not None and delivery.recipient.lower() == to.lower():
                found.append(item)
        return found


def _plain(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
