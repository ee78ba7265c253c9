"""Hostile envelopes for a real stack: made at random, handed over in every way that Postfix has, and checked."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from demo.maildir import Letter, Maildirs
from demo.private_postfix import as_root
from demo.stack import Options, Ports, Stack
from tests.e2e.post import BSN
from tests.fuzz.envelope_arguments import OWN, argument
from tests.fuzz.record_parses import Smtp
from tests.support.postfix_idna import postfix_domain

TRUSTED: Final = "strasse.example"
ARCHIVE: Final = "archive@kliniek.example"
ALIASES: Final = {
    "alias@post.example": ("jan@post.example",), "double@post.example": ("jan@post.example", "els@partner.example"),
    "team@kliniek.example": ("bram@kliniek.example", "anna@kliniek.example"),
    "boss@elsewhere.example": ("anna@kliniek.example",), "door@kliniek.example": ("jan@post.example",),
    "night@kliniek.example": ("anna@kliniek.example", "els@partner.example"),
}  # fmt: skip
CANONICAL: Final = {
    "old@post.example": ("new@partner.example",), "outsider@partner.example": ("bram@kliniek.example",),
    "wissel@kliniek.example": ("els@partner.example",),
}  # fmt: skip
EXTENDED: Final = {"door+x@kliniek.example": ("jan+x@post.example",)}
"""What Postfix makes of an alias with an extension (propagate_unmatched_extensions)."""
FORWARDERS: Final = ("door@kliniek.example", "night@kliniek.example", "wissel@kliniek.example")
_MAPPED: Final = (*ALIASES, *CANONICAL)
_PLAIN = re.compile(r"[a-z0-9'+=-]+(\.[a-z0-9'+=-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)+")
_TOKEN = re.compile(rb"token([0-9]+)x")


def _inline(table: Mapping[str, Sequence[str]]) -> str:
    return "inline:{ " + ", ".join(f"{{{key} = {', '.join(to)}}}" for key, to in table.items()) + " }"


POSTFIX: Final = {
    "virtual_alias_maps": _inline(ALIASES), "recipient_canonical_maps": _inline(CANONICAL), "always_bcc": ARCHIVE,
    "sender_canonical_maps": "inline:{ {@oud.example = @kliniek.example} }", "masquerade_domains": "kliniek.example",
    "recipient_delimiter": "+", "append_dot_mydomain": "yes", "smtpd_authorized_xclient_hosts": "127.0.0.1",
    "mydestination": "mail.kliniek.example, localhost", "local_transport": "virtual:", "smtpd_error_sleep_time": "0",
    "smtpd_soft_error_limit": "1000000", "smtpd_hard_error_limit": "1000000", "smtpd_junk_command_limit": "1000000",
    "smtpd_client_connection_count_limit": "0", "maximal_queue_lifetime": "0", "bounce_queue_lifetime": "0",
}  # fmt: skip


class HostileStack(Stack):
    """The stack with two domains of its own, one of them not ASCII, and a trusted one that looks like a third."""

    def __init__(self, folder: Path, rules: Path) -> None:
        shipped = Options().rules.read_text(encoding="utf-8")
        rules.write_text(shipped.replace("trusted_domains: []", f"trusted_domains: [{TRUSTED}]"), encoding="utf-8")
        super().__init__(folder, Ports.free(), Options(postfix=POSTFIX, rules=rules))

    def settings_text(self) -> str:
        more = {"domains": list(OWN), "sender_domains": ["oud.example"], "forwarders": list(FORWARDERS)}
        return yaml.safe_dump(yaml.safe_load(super().settings_text()) | more)


@dataclass
class Offer:
    """A mail, how it was handed over, and who was accepted."""

    number: int
    sender: bytes
    recipients: tuple[bytes, ...]
    secret: bool
    login: bool
    way: str
    from_ours: bool = False
    accepted: list[bytes] = field(default_factory=list)
    taken: bool = False

    @classmethod
    def random(cls, number: int, rng: random.Random) -> Offer:
        sender = rng.choice((argument(rng), *_SENDERS))
        recipients = tuple(_recipient(rng) for _ in range(rng.choice((1, 1, 2, 3))))
        way = rng.choice(("data", "data", "pipelined", "bdat", "data", "pipelined", "bdat", "sendmail", "header"))
        login = rng.random() < 0.1 and way in _SMTP
        return cls(number, sender, recipients, rng.random() < 0.8, login, way, rng.random() < 0.2)

    def raw(self, header: bytes = b"") -> bytes:
        text = f"Uw BSN is {BSN}." if self.secret else "Tot morgen."
        head = f"Message-ID: <fuzz.{self.number}@kliniek.example>\r\nSubject: token{self.number}x\r\n".encode()
        author = b"kliniek.example" if self.from_ours else b"elders.example"
        return header + b"From: Anna <anna@" + author + b">\r\n" + head + b"\r\n" + text.encode() + b"\r\n"


_SENDERS = (
    b"<anna@kliniek.example>", b"<anna@kliniek.example>", b"<>", b"<root@web.kliniek.example>", b"<anna@oud.example>",
)  # fmt: skip
_SMTP = ("data", "pipelined", "bdat")


def _recipient(rng: random.Random) -> bytes:
    chosen = rng.random()
    if chosen < 0.6:
        return argument(rng)
    if chosen < 0.75:
        return f"<{rng.choice(_MAPPED)}>".encode()
    return rng.choice(
        (
            b"<door+x@kliniek.example>",
            b"<jan@post.example>",
            b"<JAN@post.example>",
            b"<bram@kliniek.example>",
            b"<els@strasse.example>",
        )
    )


def hand_over(stack: Stack, offers: Sequence[Offer], rng: random.Random) -> None:
    """Hands mails over, several on one connection."""
    smtp: dict[bool, Smtp] = {}
    for offer in offers:
        if offer.way not in _SMTP:
            _by_sendmail(stack, offer)
            continue
        if offer.login not in smtp or rng.random() < 0.05:
            smtp[offer.login] = Smtp(stack.ports.smtp)
            if offer.login:
                smtp[True].ask([b"XCLIENT LOGIN=anna"])
                smtp[True].ask([b"EHLO client.kliniek.example"])
        _by_smtp(smtp[offer.login], offer, rng)


def _by_smtp(smtp: Smtp, offer: Offer, rng: random.Random) -> None:
    utf8 = b"" if offer.sender.isascii() and all(map(bytes.isascii, offer.recipients)) else b" SMTPUTF8"
    extra = rng.choice((b"", b"", b" BODY=8BITMIME", b" SIZE=500", b" RET=HDRS ENVID=QQ314159"))
    lines = [b"MAIL FROM:" + offer.sender + extra + utf8]
    for each in offer.recipients:
        noted = rng.choice((b"", b"", b" NOTIFY=FAILURE", b" NOTIFY=NEVER", b" ORCPT=rfc822;jan@post.example"))
        lines.append(b"RCPT TO:" + each + noted)
    raw = offer.raw()
    if offer.way == "pipelined":
        *codes, ready = smtp.ask([*lines, b"DATA"])
    else:
        codes = smtp.ask(lines)
        ready = 354 if codes[0] == 250 and 250 in codes[1:] else 0
        if ready and offer.way == "data":
            (ready,) = smtp.ask([b"DATA"])
    offer.accepted = [each for each, code in zip(offer.recipients, codes[1:], strict=True) if code == 250]
    if ready != 354:
        smtp.ask([b"RSET"])
    elif offer.way == "bdat":
        cut = rng.randrange(len(raw))
        smtp.ask([b"BDAT %d\r\n" % cut + raw[:cut].removesuffix(b"\r\n")] if raw[:cut].endswith(b"\r\n") else [])
        cut = cut if raw[:cut].endswith(b"\r\n") else 0
        rest = raw[cut:]
        offer.taken = smtp.ask([b"BDAT %d LAST\r\n" % len(rest) + rest.removesuffix(b"\r\n")]) == [250]
    else:
        offer.taken = smtp.ask([raw + b"."]) == [250]


def _by_sendmail(stack: Stack, offer: Offer) -> None:
    """As a program on this machine does, with the recipients on the command line or in the header."""
    config = str(stack.postfix.config)
    command = [b"/usr/sbin/sendmail", b"-C", config.encode(), b"-i", b"-f", offer.sender]
    if offer.way == "header":
        command, raw = [*command, b"-t"], offer.raw(b"To: " + b",\r\n ".join(offer.recipients) + b"\r\n")
    else:
        command, raw = [*command, b"--", *offer.recipients], offer.raw()
    given = raw.replace(b"\r\n", b"\n")
    done = subprocess.run([*map(str.encode, as_root([])), *command], input=given, capture_output=True, check=False)
    offer.taken = done.returncode == 0
    offer.accepted = list(offer.recipients) if offer.taken else []


def violations(mail: Path, offers: Sequence[Offer]) -> list[str]:
    """What went wrong with mails that have come to rest: an original outside, or somebody without anything."""
    by_number = {offer.number: offer for offer in offers}
    got: dict[int, set[str]] = {}
    wrong = []
    maildirs = Maildirs(mail)
    for owner in maildirs.addresses():
        for letter in maildirs.letters(owner):
            found = _TOKEN.search(letter.raw)
            offer = by_number.get(int(found[1])) if found else None
            if offer is not None:
                got.setdefault(offer.number, set()).add(owner)
                if _leaks(offer, owner, letter):
                    wrong.append(f"{owner} holds the original of {offer}")
    for offer in offers:
        # What sendmail took may come back as a bounce later: only SMTP accepts each recipient by itself.
        for each in offer.accepted if offer.taken and offer.way in _SMTP else ():
            missing = _mailboxes(each) - got.get(offer.number, set())
            wrong += [f"{one} got nothing of {offer}" for one in missing]
    return wrong


def _leaks(offer: Offer, owner: str, letter: Letter) -> bool:
    """Whether a mailbox outside holds what was ours to protect: Postfix tells whose the mail was."""
    where = postfix_domain(owner.rpartition("@")[2])
    if BSN.encode() not in letter.raw or where in (*OWN, TRUSTED):
        return False
    sender = letter.header("Return-Path").strip("<>")
    return offer.login or offer.from_ours or postfix_domain(sender.rpartition("@")[2]) in OWN


def _mailboxes(written: bytes) -> set[str]:
    """Who gets a mail to a plain recipient; nobody that we could tell for any other form."""
    address = written.decode("latin-1").lower().removeprefix("<").removesuffix(">")
    if not _PLAIN.fullmatch(address) or len(address) > 200:
        return set()
    return set((ALIASES | CANONICAL | EXTENDED).get(address, (address,)))
