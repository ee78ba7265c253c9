"""A connection from Postfix: collects each message byte for byte and asks the intake at its end.

Callbacks translate and nothing more. Those that decide nothing send no reply (SMFIP_NR_*), which
saves Postfix a round trip for every header and body chunk.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import Milter

from zegel.errors import Refused, describe
from zegel.intake import Intake, Outcome
from zegel.mail.envelope import Envelope, read
from zegel.mail.report_wishes import envelope_id, success_wish
from zegel_milter.counts import Counts
from zegel_milter.message_underway import MessageUnderway

log = logging.getLogger("zegel.milter")
_READ_AT_ONCE = threading.BoundedSemaphore(2)
"""Large messages read at the same time: it bounds memory, and more would not be faster."""
_NOT_INSPECTED = ("passed", "report")
_MACROS = ((Milter.M_ENVFROM, "i {auth_authen} {mail_addr}"), (Milter.M_ENVRCPT, "{rcpt_addr} {rcpt_mailer}"))
"""What Postfix is asked to tell, whatever milter_mail_macros and milter_rcpt_macros in main.cf say."""


@Milter.header_leading_space
class Session(Milter.Base):  # type: ignore[misc]
    """One connection; may carry many messages."""

    def __init__(self, intake: Intake, spool: Path, most: int, counts: Counts) -> None:
        self._intake = intake
        self._spool = spool
        self._most = most
        self._counts = counts
        self._message: MessageUnderway | None = None
        self._failed = False
        self._result = "deferred"
        counts.connected()

    def negotiate(self, options: list[int]) -> int:
        if options[0] & Milter.SETSYMLIST:
            for stage, names in _MACROS:
                self._ctx.setsymlist(stage, names)  # pymilter's own setsymlist gives bytes, which its C part refuses
        return int(super().negotiate(options))

    @Milter.decode("bytes")
    @Milter.noreply
    def envfrom(self, sender: bytes, *parameters: bytes) -> int:
        self._drop()
        self._counts.enter()
        reading = read(sender, self._macro("{mail_addr}"))
        self._message = MessageUnderway(reading, self._authenticated(), self._spool, self._most)
        self._message.login = self._login()
        self._message.envelope_id = envelope_id(parameters)
        return int(Milter.CONTINUE)

    @Milter.decode("bytes")
    @Milter.noreply
    def envrcpt(self, recipient: bytes, *parameters: bytes) -> int:
        if self._message is not None:
            reading = read(recipient, self._macro("{rcpt_addr}"))
            self._message.recipients.append(reading)
            if wish := success_wish(reading.address, parameters):
                self._message.reports.append(wish)
            # Only smtpd(8) resolves recipients; cleanup(8), which speaks for sendmail, has no such macro.
            self._message.by_smtp &= self._macro("{rcpt_mailer}") is not None
        return int(Milter.CONTINUE)

    @Milter.decode("bytes")
    @Milter.noreply
    def header(self, name: str, value: bytes) -> int:
        field = b"%s:%s\r\n" % (name.encode("utf-8"), value.replace(b"\n", b"\r\n"))
        return self._add(field, header=True)

    @Milter.noreply
    def eoh(self) -> int:
        return self._add(b"\r\n", header=True)

    @Milter.noreply
    def body(self, piece: bytes) -> int:
        return self._add(piece)

    def eom(self) -> int:
        queue_id = self.getsymval("i") or "-"
        began, self._result = time.monotonic(), "deferred"
        try:
            return self._answer(queue_id)
        except Refused as refused:
            self._result = "refused"
            return self._refuse(queue_id, refused)
        except Exception as error:
            # Its text may quote the mail, so the log has only its kind and place.
            log.error("%s: temporary failure: %s", queue_id, describe(error), extra={"queue_id": queue_id})
            return int(Milter.TEMPFAIL)
        finally:
            waited = time.monotonic() - began
            self._counts.figures.ended(self._result, None if self._result in _NOT_INSPECTED else waited)
            self._drop()

    def abort(self) -> int:
        self._drop()
        return int(Milter.CONTINUE)

    def close(self) -> int:
        self._drop()
        self._counts.disconnected()
        return int(Milter.CONTINUE)

    def _authenticated(self) -> bool:
        try:
            return bool(self.getsymval("{auth_authen}"))
        except UnicodeDecodeError:
            return True  # pymilter cannot show this login name, but there is one

    def _macro(self, name: str) -> str | None:
        """What Postfix's macro `name` holds; None when Postfix does not send it."""
        try:
            value: str | None = self.getsymval(name)
        except UnicodeDecodeError:
            return "\ufffd"  # no address equals this
        return value

    def _login(self) -> str:
        try:
            return self.getsymval("{auth_authen}") or ""
        except UnicodeDecodeError:
            return ""

    def _add(self, piece: bytes, *, header: bool = False) -> int:
        """Keeps a piece; what goes wrong is answered at the end of the message, where an answer is due.

        An exception would end as silence here: libmilter suppresses the answer of a callback that
        promised none, waits for a new message, and Postfix waits for its time-out.
        """
        if self._message is not None and not self._failed:
            try:
                self._message.add_header(piece) if header else self._message.add(piece)
            except Exception as error:
                self._failed = True
                log.error("message cannot be held: %s", describe(error))
        return int(Milter.CONTINUE)

    def _answer(self, queue_id: str) -> int:
        message = self._message
        if message is None or self._failed:
            log.error("%s: temporary failure: the message could not be held", queue_id)
            return int(Milter.TEMPFAIL)
        envelope = message.envelope(queue_id)
        if reply := self._intake.reply_to_all(envelope):
            return self._share(reply, envelope, message)
        if not self._intake.is_outgoing(envelope, message.header):
            return self._bounce(envelope, message)
        with _READ_AT_ONCE if message.large else nullcontext():
            outcome = self._intake.receive(envelope, message.content())
        self._note(envelope, outcome)
        # With nobody left Postfix removes the message by itself, and an archive that it adds still gets its copy:
        # DISCARD would take that away too.
        with outcome.answering():
            if outcome.discard:
                return int(Milter.DISCARD)
            for written in message.ways_to_write(outcome.protected):
                self.delrcpt(written)
        return int(Milter.ACCEPT)

    def _share(self, reply: int, envelope: Envelope, message: MessageUnderway) -> int:
        """A reply to all ends here, sealed for the other recipients: who is answered gets a mail of their own."""
        with _READ_AT_ONCE if message.large else nullcontext():
            outcome = self._intake.share(reply, envelope, message.content())
        self._note(envelope, outcome)
        return int(Milter.DISCARD)

    def _note(self, envelope: Envelope, outcome: Outcome) -> None:
        queue_id, self._result = envelope.queue_id, "passed" if outcome.kind == "pass" else outcome.kind
        if outcome.kind not in ("pass", "clean"):
            log.info(
                "%s: %s, %slevel %d, %d of %d recipients, rules: %s",
                queue_id, outcome.kind, f"message {outcome.offer.message_id}, " if outcome.offer else "", outcome.level,
                len(outcome.protected), len(envelope.recipients), ", ".join(outcome.rules),
                extra={
                    "queue_id": queue_id, "result": outcome.kind, "level": outcome.level, "rules": outcome.rules,
                    "message_id": outcome.offer.message_id if outcome.offer else None,
                },
            )  # fmt: skip

    def _refuse(self, queue_id: str, refused: Refused) -> int:
        """A refusal for good: the client tells the sender instead of trying for days, Postfix's sendmail too."""
        log.warning(
            "%s: refused: %s %s %s", queue_id, refused.code, refused.status, refused.text, extra={"queue_id": queue_id}
        )
        self.setreply(refused.code, refused.status, refused.text.replace("%", "%%"))  # as the milter protocol has it
        return int(Milter.REJECT)

    def _bounce(self, envelope: Envelope, message: MessageUnderway) -> int:
        """A report about a reply ends here; everything else goes on."""
        taken = self._intake.take_bounce(envelope, message.content)
        self._result = "report" if taken else "passed"
        if taken and set(taken) == set(envelope.recipients):
            log.info("%s: a report about a reply, noted", envelope.queue_id)
            return int(Milter.DISCARD)
        for written in message.ways_to_write(taken):
            self.delrcpt(written)
        return int(Milter.ACCEPT)

    def _drop(self) -> None:
        if self._message is not None:
            self._message.close()
            self._message = None
            self._counts.leave()
        self._failed = False


def session_factory(intake: Intake, spool: Path, most: int, counts: Counts) -> Callable[[], Session]:
    """What pymilter calls for each connection."""
    return lambda: Session(intake, spool, most, counts)
