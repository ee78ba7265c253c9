"""Whether Postfix takes what Zegel hands in: a mail is begun at the real listener and taken back."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator

from zegel.cli.checks.finding import Said
from zegel.cli.checks.processes import SECONDS, courier_cannot_reach
from zegel.postfix_listener import Listener
from zegel.settings.model import Settings

OUTSIDE = "zegel-check@example.com"
_OF_DNS = ("4.1.2", "5.1.2", "5.1.10", "4.4.3", "5.4.4", "4.4.4")
"""Answers about the domain in OUTSIDE alone (RFC 3463): they say nothing of the listener."""


def reinjection(settings: Settings) -> Iterator[Said]:
    """The listener that notifications and passwords go to: it has to take them for anybody, and from us alone."""
    listener = settings.submission.listener
    where, own, inside = str(listener), settings.own_address, f"postmaster@{settings.domains[0]}"
    refusals = _refusals(listener, own, [inside, OUTSIDE])
    if isinstance(refusals, str):
        yield "critical", f"{where}: {refusals}; see that Postfix runs, and: zegel-postfix show"
        return
    told = [f"{who}: {answer}" for who, answer in refusals.items() if who != OUTSIDE or _status(answer) not in _OF_DNS]
    if told:
        yield (
            "critical",
            f"{where} takes no mail from {own} to {'; to '.join(told)}. Passwords and notifications wait, or come back "
            "to senders; run: zegel-postfix apply, and see Postfix's log",
        )
    elif problem := _wall(settings, listener):
        yield problem
    else:
        yield "ok", f"{where} takes mail from {own} for people inside and outside"


def _wall(settings: Settings, listener: Listener) -> Said | None:
    """What is wrong with who reaches the listener: anybody, or not even the courier."""
    path, lock = listener.socket, settings.storage.folder / "courier.lock"
    if path is None:
        return None  # a port was asked for
    if not listener.by_socket:
        return (
            "warning",
            f"{listener} takes mail from every account of this machine, and what comes in there is not looked at; "
            "run: zegel-postfix apply",
        )
    if refused := courier_cannot_reach(lock, path):
        return (
            "critical",
            f"the courier cannot connect to {path} ({refused}), so nothing is sent: it needs the group of "
            f"{path.parent}, which its unit names. Run: systemctl daemon-reload && systemctl restart zegel-courier",
        )
    if path.parent.stat().st_mode & 0o007 and path.stat().st_mode & 0o002:
        return "warning", f"every account of this machine can hand in mail at {path}; run: chmod o= {path.parent}"
    return None


def replies(settings: Settings) -> Iterator[Said]:
    """The ordinary listener, where replies of recipients are handed in for people inside, and what is written first."""
    listener = Listener(settings.replies.host, settings.replies.port)
    where = str(listener)
    inside = f"postmaster@{settings.domains[0]}"
    published = [each.address for each in settings.write.addresses]
    refusals = _refusals(listener, settings.reply_address, [inside, *published])
    lost = [f"{who}: {refusals[who]}" for who in published if who in refusals] if isinstance(refusals, dict) else []
    if isinstance(refusals, str):
        yield "critical", f"{where}: {refusals}; see that Postfix runs, and replies.host and replies.port in zegel.yaml"
    elif lost:
        yield (
            "warning",
            f"{where} takes no mail from {settings.reply_address} to {'; to '.join(lost)}. Who writes first to one in "
            "write.addresses is told so only after sending; make the mailbox, or take the address out",
        )
    elif refusals:
        yield (
            "warning",
            f"{where} takes no mail from {settings.reply_address} to {inside}: {refusals[inside]}. Replies of "
            "recipients may not arrive; see docs/operations.md, Replies",
        )
    else:
        yield "ok", where


def _refusals(listener: Listener, sender: str, recipients: list[str]) -> str | dict[str, str]:
    """The answer to each recipient that is refused; a text when it did not come to that."""
    try:
        with listener.connect(SECONDS) as smtp:
            code, said = smtp.docmd("MAIL", f"FROM:<{sender}>")
            if code != 250:
                return dict.fromkeys(recipients, _text(code, said))
            refused = {}
            for recipient in recipients:
                code, said = smtp.docmd("RCPT", f"TO:<{recipient}>")
                if code not in (250, 251):
                    refused[recipient] = _text(code, said)
            smtp.docmd("RSET")
            return refused
    except smtplib.SMTPResponseException as error:
        return f"it answers {_text(error.smtp_code, error.smtp_error)}"
    except (OSError, smtplib.SMTPException) as error:
        return f"nothing answers ({error})"


def _text(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}".replace("\n", " ")


def _status(answer: str) -> str:
    found = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", answer)
    return found[0] if found else ""
