"""Writing first: somebody outside proves an address, and gets a page from which they write to a published one.

Before the proof nothing of a message is taken, so nothing of it is kept. The only mail that goes out is the one with
the password, to the address that is to be proved; what it says is the same whatever was typed, and how many there are
is limited (zegel/conversations/first_limits.py). With the right password the writer has a delivery of their own, as if
the published address had written to them, and what they write is a reply to it: limits, drafts, files, failures and
answers are those of replies. So nobody but published addresses can be written to.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from zegel.conversations.first_limits import DAY, FirstLimits
from zegel.crypto import fingerprint, keyed_hash, seal, unseal
from zegel.mail.addresses import Addresses, identity
from zegel.mail.envelope import is_plain
from zegel.notices.opening_mail import opening_mail
from zegel.settings.model import Settings
from zegel.settings.writing import Published
from zegel.unlock import passwords
from zegel.unlock.access import Access, link_token, new_cookie_value
from zegel.vault.headline import Headline
from zegel.vault.ids import new_id
from zegel.vault.tables.records import NewDelivery, NewMessage, ProofRow
from zegel.vault.vault import Vault

PROOF_SECONDS = 60 * 60
"""How long a password proves an address."""
RECENT_SECONDS = 60
WRONG_MOST = 10
"""Wrong tries at a password; after these another has to be sent."""
_LOCAL = re.compile(r"(?!-)[A-Za-z0-9#$&'*+/=?^_`{|}~.-]{1,64}")
"""What an address begins with that a stranger's click has us write to."""


@dataclass(frozen=True, slots=True)
class ProofAsked:
    """What came of asking for a password: the same whether the address is known, exists, or has had too many."""

    kind: Literal["sent", "recent", "often", "address", "ours", "unknown"]
    """`ours` is an address in the organisation's own domains, `unknown` one to write to that is not published."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What a browser waits for."""

    address: str
    """The one that is to be proved."""
    to: Published
    expires_at: float


@dataclass(frozen=True, slots=True)
class Started:
    """The address is proved: `token` is the link of what the writer can write from, `cookie` that of the browser."""

    token: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotProved:
    """Why it is not."""

    kind: Literal["none", "empty", "wrong", "spent"]
    """`none` is that this browser waits for nothing, or no more."""
    tries_left: int = 0


class Writing:
    """What somebody outside can do who was not written to."""

    def __init__(self, settings: Settings, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._limits = FirstLimits(settings.write, vault)
        self._senders = Addresses(settings.sender_domains)
        self._clock = clock

    def ask(self, to: str, address: str, cookie: str, network: str, language: str) -> ProofAsked:
        """Sends a password to `address`, which works in this browser, unless one was just sent or the limits say no."""
        published = self._settings.write.published(to)
        if published is None:
            return ProofAsked("unknown")
        clean = mailbox(address)
        if not clean:
            return ProofAsked("address")
        if self._is_ours(clean):
            return ProofAsked("ours")
        if not self._limits.may_ask(network, self._clock()):
            return ProofAsked("often")  # before the turn to write, which a flood would keep from the milter
        return self._store.write(lambda: self._ask(published, clean, fingerprint(cookie), network, language))

    def pending(self, cookie: str) -> Pending | None:
        """The password that this browser can type; None when there is none."""
        row = self._live(fingerprint(cookie))
        return self._pending(row) if row else None

    def prove(self, cookie: str, typed: str) -> Started | NotProved:
        """Opens a conversation when the password is right; a right one ends by its use."""
        password, row = passwords.as_typed(typed), self._live(fingerprint(cookie))
        if row is None or not password or row.tries >= WRONG_MOST:
            return NotProved("none" if row is None else "spent" if password else "empty")
        return self._store.write(lambda: self._prove(cookie, password))

    def password(self, proof_id: int) -> str:
        """What the mail of a proof says; "" when it is over, or no mail is to go out."""
        row = self._store.proofs.get(proof_id)
        if row is None or row.muted or row.used_at or row.expires_at <= self._clock():
            return ""
        return self._password(row)

    # Inside transactions.

    def _ask(self, to: Published, address: str, browser: bytes, network: str, language: str) -> ProofAsked:
        now, before = self._clock(), self._live(browser)
        waits = self._pending(before) if before else None
        same = before is not None and waits is not None and (waits.address, waits.to) == (address, to)
        again = before if same and before and before.tries < WRONG_MOST else None
        if again and now - again.created_at < RECENT_SECONDS:
            return ProofAsked("recent")
        if not self._limits.may_ask(network, now):
            return ProofAsked("often")
        muted = not self._limits.may_send(address, now)
        self._limits.asked(address, network, now)
        self._store.proofs.end(browser, now)
        id_ = new_id(now)
        kept = json.dumps({"address": address, "to": to.address, "language": language}).encode()
        self._store.proofs.add(
            ProofRow(
                id=id_,
                browser=browser,
                # The password that was sent before goes on working, and its wrong tries count.
                nonce=again.nonce if again else os.urandom(32),
                sealed=seal(self._vault.keys.notice, kept, "proof", id_),
                created_at=now,
                expires_at=now + PROOF_SECONDS,
                tries=again.tries if again else 0,
                muted=muted,
            )
        )
        # Also when it is muted, so that both take the same time; the courier sends nothing then.
        self._vault.tell({"to": address, "proof": id_, "language": language}, "proof", id_, when=now)
        return ProofAsked("sent")

    def _prove(self, cookie: str, password: str) -> Started | NotProved:
        row = self._live(fingerprint(cookie))
        waits = self._pending(row) if row else None
        if row is None or waits is None:
            return NotProved("none")
        if row.tries >= WRONG_MOST:
            return NotProved("spent")
        if not hmac.compare_digest(self._password(row).encode(), password.encode("utf-8", "surrogatepass")):
            self._store.proofs.miss(row.id)
            left = WRONG_MOST - row.tries - 1
            return NotProved("wrong", left) if left else NotProved("spent")
        now = self._clock()
        self._store.proofs.use(row.browser, row.nonce, now)
        return self._open(waits, self._kept(row)["language"], cookie, now)

    def _open(self, proved: Pending, language: str, cookie: str, now: float) -> Started:
        id_, delivery_id = new_id(now), new_id(now)
        expires_at = now + self._settings.retention.days * DAY
        key = self._vault.new_data_key(id_, expires_at)
        raw, subject = opening_mail(proved.to.address, proved.to.name, proved.address, language)
        token = link_token(self._vault.keys.link, delivery_id, 0)
        # What is written first is told to nobody who has not opened it, and so is the subject of an answer to it.
        headline = Headline(name=proved.to.name, author=proved.to.address, subject=subject, hide_subject=True)
        delivery = NewDelivery(
            id=delivery_id,
            recipient=proved.address,
            level=1,
            way="password",
            language=language,
            link_hash=fingerprint(token),
            salt=os.urandom(16),
        )
        new = NewMessage(
            id=id_,
            expires_at=expires_at,
            key_day=key.day,
            wrapped_key=key.wrapped,
            sender=proved.to.address,
            headline=key.seal(headline.to_json(), "headline"),
            level=1,
            scope="message",
            rules=(),
            size=len(raw),
            digest=os.urandom(32),
            recognised_for=0,
            chunks=key.seal_original(raw),
            deliveries=(delivery,),
        )
        self._store.proofs.add_opening(new, now)
        stored = self._store.delivery(delivery_id)
        if stored is None:
            raise LookupError(delivery_id)
        return Started(token, self._access.admit(stored, cookie, new_cookie_value(), now).cookie)

    # How.

    def _live(self, browser: bytes) -> ProofRow | None:
        return self._store.proofs.live(browser, self._clock())

    def _pending(self, row: ProofRow) -> Pending | None:
        """None when the address is not published any more."""
        kept = self._kept(row)
        to = self._settings.write.published(kept["to"])
        return Pending(kept["address"], to, row.expires_at) if to else None

    def _kept(self, row: ProofRow) -> dict[str, str]:
        kept: dict[str, str] = json.loads(unseal(self._vault.keys.notice, row.sealed, "proof", row.id))
        return kept

    def _password(self, row: ProofRow) -> str:
        return passwords.from_bytes(keyed_hash(self._vault.keys.code, "proof", row.nonce))

    def _is_ours(self, address: str) -> bool:
        """Whether it is, or may be, one of our own: they write as ever, and a password could reach a list of ours."""
        domain = identity(address).domain
        own = self._settings.domains
        return domain in own or domain.endswith(tuple(f".{each}" for each in own)) or address in self._senders


def mailbox(typed: str) -> str:
    """The address that somebody typed, with its domain as the DNS has it; "" when no mail of ours goes there.

    >>> mailbox(" Jan.Jansen@Post.Example "), mailbox("jan@münster.example")
    ('Jan.Jansen@post.example', 'jan@xn--mnster-3ya.example')
    >>> [mailbox(each) for each in ("jan", "a@b", "a@127.0.0.1", "a@[127.0.0.1]", "a%b@c.example", '"a b"@c.example')]
    ['', '', '', '', '', '']
    """
    address = typed.strip()
    local, _, _ = address.rpartition("@")
    domain = identity(address).domain
    if not (is_plain(address) and _LOCAL.fullmatch(local)) or "." not in domain or domain.rpartition(".")[2].isdigit():
        return ""
    return f"{local}@{domain}"
