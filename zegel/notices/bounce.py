"""Mails to a sender whose message was not delivered, in the form that mail programs know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from zegel.mail.addresses import identity
from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand
from zegel.notices.letter import Letter, gettext_for, letter_text
from zegel.notices.mime_writer import field, mail, mailbox, multipart, plain_piece, text_piece

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")


def failure_mail(
    brand: Brand,
    *,
    to: str,
    failed_recipient: str,
    subject: str,
    reason: str,
    language: str,
    from_address: str,
) -> bytes:
    """A delivery report (RFC 3464) to `to`, who wrote; send it with the null sender as envelope.

    `reason` is the answer of the mail server, such as "550 5.1.1 no such user"; its status (RFC 3463) goes
    into the report, and a report without one says 5.0.0.
    """
    _ = gettext_for(language)
    answer, about = safe_text(reason, 500), safe_text(subject, 500)
    facts = [(_("To"), safe_text(failed_recipient, 320), ""), (_("Subject"), about, "")]
    facts += [(_("Answer of the mail server"), answer, "")]
    letter = Letter(
        heading=_("Your message was not delivered"),
        lead=_(
            "We sent your message as a secure message. The recipient gets an e-mail with a link, and "
            "that e-mail could not be delivered. This recipient has not been able to read your message."
        ),
        facts=tuple(fact for fact in facts if fact[1]),
        steps=(
            _("Check the address. Is it wrong? Then send the message again to the right address."),
            _("Is the address right? Try again later, or call the recipient."),
        ),
        steps_title=_("What you can do"),
    )
    status = _STATUS.search(answer)
    return delivery_report(
        brand,
        letter,
        to=to,
        failed_recipients=(failed_recipient,),
        subject=about,
        status=status[0] if status else "5.0.0",
        answer=answer,
        language=language,
        from_address=from_address,
    )


def delivery_report(
    brand: Brand,
    letter: Letter,
    *,
    to: str,
    failed_recipients: Sequence[str],
    subject: str,
    status: str,
    answer: str,
    language: str,
    from_address: str,
    action: Literal["failed", "relayed"] = "failed",
    original_recipient: str = "",
    envelope_id: str = "",
) -> bytes:
    """A letter in the form of RFC 3464, about the message with `subject`.

    Each of `failed_recipients` is reported with `status` (RFC 3463) and, where there is one, `answer`. What the
    sender's program called the mail and its recipient (ENVID and ORCPT of RFC 3461) comes back as it was said.
    """
    _ = gettext_for(language)
    title = _("Not delivered: %(subject)s") if action == "failed" else _("Passed on: %(subject)s")
    fields = [
        mailbox("From", from_address, brand.name),
        mailbox("To", to),
        field("Subject", title % {"subject": subject or failed_recipients[0]}),
        b"Auto-Submitted: auto-replied",
    ]
    report = [b"Original-Envelope-Id: " + envelope_id.encode("ascii")] if envelope_id else []
    report.append(b"Reporting-MTA: dns; " + _domain(from_address))
    for recipient in failed_recipients:
        report.append(b"")
        if original_recipient:
            report.append(b"Original-Recipient: " + original_recipient.encode("ascii"))
        report += [b"Final-Recipient: " + _typed_address(recipient), b"Action: " + action.encode("ascii")]
        report.append(b"Status: " + status.encode("ascii"))
        if answer:
            report.append(b"Diagnostic-Code: smtp; " + answer.encode("ascii", "replace"))
    only = mailbox("To", failed_recipients[0]) if len(failed_recipients) == 1 else b""
    headers = [each for each in (mailbox("From", to), only, field("Subject", subject)) if each]
    return mail(
        fields,
        multipart(
            "report",
            text_piece("plain", letter_text(brand, letter, language)),
            plain_piece("message/delivery-status", report),
            plain_piece("text/rfc822-headers", headers),
            parameter="report-type=delivery-status",
        ),
    )


def _domain(address: str) -> bytes:
    """The domain of an address as ASCII, for it names the reporting mail server."""
    return identity(address).domain.encode("ascii") or b"localhost"


def _typed_address(address: str) -> bytes:
    r"""An address with its type, in ASCII: one beyond ASCII is escaped as \x{…} (RFC 6533, 3).

    >>> _typed_address("renée@post.example")
    b'utf-8; ren\\x{E9}e@post.example'
    """
    line = safe_text(address, 320).replace(" ", "")
    if line.isascii():
        return b"rfc822; " + line.encode("ascii")
    escaped = "".join(c if c.isascii() and c not in "\\+=" else f"\\x{{{ord(c):X}}}" for c in line)
    return b"utf-8; " + escaped.encode("ascii")
