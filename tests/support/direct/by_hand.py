"""Direct delivery with the real core, and what it needs of the world by hand: proofs, Postfix and its reports."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from tests.support.level2 import FakePostfix, Level2
from zegel.direct.look_ups import LookUps
from zegel.direct.proof import Finding, Kind, Proof
from zegel.mail.envelope import Envelope
from zegel.vault.tables.records import Delivery, OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.direct_lane import Direct
from zegel_courier.drain import LEASE
from zegel_courier.ways import Ways

DOMAIN, HOST = "post.example", "mx.post.example"
PROVEN = Proof("dane", DOMAIN, (HOST,), DOMAIN, 3600.0)
PROOFS = ("dane", "mta-sts", "nta7516")


@dataclass
class FakeProofs:
    """Knows what it was told."""

    finding: Finding | None = PROVEN
    asked: list[frozenset[Kind]] = field(default_factory=list)

    def known(self, domain: str, kinds: Collection[Kind]) -> Finding | None:
        self.asked.append(frozenset(kinds))
        return self.finding

    def find(self, domain: str, kinds: Collection[Kind]) -> Finding:
        assert self.finding is not None
        return self.finding

    def note(self, *_: object) -> None:
        pass


def report(action: str, *, status: str = "2.0.0", said: str = "smtp; 250 2.0.0 Ok: queued", host: str = HOST) -> bytes:
    """A delivery report as Postfix writes it."""
    remote = f"Remote-MTA: dns; {host}\r\n" if host else ""
    return (
        "From: MAILER-DAEMON@kliniek.example\r\nSubject: report\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.kliniek.example\r\nX-Postfix-Queue-ID: 4XYZ12AbCdEf\r\n\r\n"
        f"Final-Recipient: rfc822; jan@post.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"{remote}Diagnostic-Code: {said}\r\n\r\n--b--\r\n"
    ).encode()


DELIVERED = report("relayed")
UNPROVEN = report("failed", status="5.7.5", said="X-Postfix; for now: Server certificate not verified", host="")
REFUSED = report("failed", status="5.1.1", said="smtp; 550 5.1.1 nobody of that name")
LATER = report("failed", status="5.2.0", said="smtp; 450 4.2.0 come back later")
UNREACHABLE = report("failed", status="5.4.1", said="X-Postfix; for now: connect to mx: Connection refused", host="")


class ByHand:
    """The direct lane of a house, one step at a time."""

    def __init__(self, level2: Level2) -> None:
        self.level2 = level2
        self.core, self.store, self.clock = level2.core, level2.store, level2.clock
        self.proofs = FakeProofs()
        self.ways = Ways()
        self.taken = FakePostfix()
        self.again: list[OutboxItem] = []
        fakes: Any = self.proofs
        self.lane = Direct(Desk(level2.core), LookUps(fakes), lambda: self.ways, self.taken, self.again.append)

    def seal(self, *recipients: str, level: int = 1) -> list[Delivery]:
        return self.level2.built.seal(*recipients, level=level, proofs=PROOFS)

    def run(self) -> None:
        """Everything of the lane that is due now, once."""
        items = self.store.write(lambda: self.store.outbox.claim("courier direct", self.clock(), LEASE, 500, "direct"))
        for item in items:
            self.lane.deliver(item)

    def reported(self, content: bytes, *, of: int = -1) -> tuple[str, ...]:
        """A report about the attempt number `of` comes in, as the milter sees it."""
        return self.take(self.taken.mails[of][0], content)

    def take(self, address: str, content: bytes | Callable[[], bytes]) -> tuple[str, ...]:
        envelope = Envelope(sender="", recipients=(address,), queue_id="Q")
        return self.core.direct.take(envelope, content if callable(content) else lambda: content)

    def state(self, delivery: Delivery) -> str:
        return self.level2.now(delivery).state

    def events(self) -> list[str]:
        return self.level2.events("sealed")

    def why(self) -> str:
        return next(str(e.details["why"]) for e in self.store.audit_log.events() if e.kind == "not delivered directly")

    def chunks(self, delivery: Delivery) -> int:
        return len(list(self.store.chunks(delivery.message_id)))

    def restart(self) -> ByHand:
        """Everything was killed: nothing in memory survives, and what was claimed is due."""
        again = ByHand(self.level2.restart())
        again.store.write(lambda: again.store.outbox.release("courier direct", again.clock()))
        return again
