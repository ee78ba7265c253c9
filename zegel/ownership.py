"""Whose mail it is: whether it leaves in our name, who of our people is behind it, and who it may say that it is from.

The envelope's sender alone does not tell. A web server sends as www-data@web01 what says that it is from a person;
Postfix completes and rewrites senders after the milter has seen them; a mailing list, a redirect and SRS put an address
of ours on what somebody else wrote. So all that a reader or a mail server can take for the sender counts.

Measured with Postfix 3.7: by SMTP the milter sees the envelope as it was said, by sendmail(1) as it will be sent.
Header fields come rewritten, where Postfix rewrites them at all (local_header_rewrite_clients).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from zegel.errors import Refused
from zegel.mail.addresses import Addresses
from zegel.mail.envelope import Envelope, domain_of, is_plain, is_surely_inside, may_be_inside
from zegel.message.mime.headers import Address, addresses, decode_header_value, parse_parameters, unfold
from zegel.message.mime.tree import Header

SENDERS = ("from", "sender", "resent-from", "resent-sender")
"""The header fields that say who sends."""
_MOST = 10_000
"""Bytes of all such fields of a mail that are taken apart. Nobody writes more: a mail with more is ours."""
_MOST_COMMENTS = 20
"""Comments inside each other that are taken out of an address."""
_ANGLE = re.compile(r"<([^<>]*)>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_ROUTE = re.compile(r"^@[^:]*:")
_NAME = r"\[[^\]]*\]|[^@%!:\s(),;<>\\]"
_HOST = re.compile(rf"[@%]\s*((?:{_NAME})*)|((?:{_NAME})+)!")
"""The hosts in an address, however a mail server takes it apart, and whatever else is written around them."""
_OF_THE_WORLD = re.compile(r"[.:\]]")
"""In a host that needs no completing: a domain, or an address of the network."""
_SRS = re.compile(r"srs[01][=+-]", re.IGNORECASE)
"""A sender rewritten because its mail is forwarded: behind it stands somebody else's address."""
_CODED = re.compile(r"=|^(?:bounces?|msprvs\d*|b\d+_)[+_=.-]", re.IGNORECASE)
"""A sender that holds what only a machine reads: VERP (list+jan=post.example@), BATV (prvs=12=anna@), SRS."""
_OF_A_LIST = re.compile(
    r"^owner-|[+-](?:admin|bounces?|confirm|errors?|join|leave|owner|request|return)\b", re.IGNORECASE
)
_MACHINE = re.compile(
    r"apache|bounces?|cron|daemon|devnull|do-?not-?reply|double-bounce|exim|httpd?|mail|mailer|mailer-daemon|nginx|"
    r"no-?reply|nobody|php|postfix|root|system|tomcat|webmaster|www|www-data|wwwrun",
    re.IGNORECASE,
)
"""Names of accounts that no person reads; one of them is asked only when nobody else is known."""
_LIST_FIELDS = frozenset({"list-id", "list-post", "mailing-list", "x-mailing-list"})
_DELIVERED_FIELDS = frozenset(
    {"delivered-to", "x-original-to", "x-sieve-redirected-from", "x-forwarded-for", "x-forwarded-to", "envelope-to"}
)
"""What a mail bears that was in a mailbox already: it is passed on, and its From may be anybody's."""
_MAIL_SYSTEM = frozenset({"mailer-daemon", "postmaster"})


class NobodyToAsk(Refused):
    """A message that has to be protected and has no sender who could be told about it or asked for a number."""

    def __init__(self) -> None:
        super().__init__(
            "This message has to be protected, and names nobody of this organisation who could be asked about it. "
            "Write an address of the organisation into From, or log in by one"
        )


@dataclass(frozen=True, slots=True)
class Realm:
    """What is ours."""

    domains: frozenset[str]
    """Our mail domains: who is in them is inside."""
    senders: Addresses = field(default_factory=Addresses)
    """More domains whose senders count as ours, because Postfix turns them into ours later."""

    def sends(self, domain: str) -> bool:
        """Whether mail from `domain` counts as ours: subdomains do too, because masquerade_domains takes them away."""
        name = domain_of(f"x@{domain.strip().rstrip('.')}")
        above = (name.split(".", cut)[-1] for cut in range(name.count(".") + 1))
        return bool(name) and (any(each in self.domains for each in above) or f"x@{name}" in self.senders)

    def may_be_ours(self, address: str) -> bool:
        """Whether an address could be one of ours, however a mail server takes it apart or completes it."""
        hosts = [before or after for after, before in _HOST.findall(address.replace('"', ""))]
        return bool(address) and (
            not hosts or any(self.sends(each) or not _OF_THE_WORLD.search(each) for each in hosts)
        )

    def has(self, address: str) -> bool:
        """Whether an address is surely somebody's of our domains."""
        return is_plain(address) and is_surely_inside(address, self.domains)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is behind a mail of ours."""

    person: str
    """Who of our people is told and asked about it; "" when nobody is known."""
    passes_on: bool
    """Somebody else wrote it, or a machine: there need not be a person."""
    author: Address | None
    """The address of ours in From that a notification may say that it is from; None: only from the organisation."""


def is_ours(envelope: Envelope, headers: Iterable[Header], realm: Realm) -> bool:
    """Whether a mail leaves in our name: by its envelope, a login, or what its header says.

    `headers` is looked at only when the envelope does not tell. A report of a mail system, which has no sender in its
    envelope, is not ours whatever its header says.
    """
    if is_ours_by_envelope(envelope, realm):
        return True
    found = tuple(headers)
    if not envelope.sender and _is_report(found):
        return False
    return any(
        value is None or any(realm.may_be_ours(each.address) for each in written_in(value))
        for _, value in _sender_fields(found)
    )


def is_ours_by_envelope(envelope: Envelope, realm: Realm) -> bool:
    """Whether the client logged in, or the envelope's sender is or may become ours; one with a route in it may.

    A sender in doubt is what Postfix reads and what is written: it reads `piet%post.example@here((` without `here`,
    but may send with it. Beyond ASCII Postfix does not tell, and then it may be anybody's.
    """
    sender = envelope.sender
    unknown = sender in envelope.doubtful and not sender.isascii()
    doubtful = bool(sender) and (unknown or may_be_inside(sender, realm.domains))
    return envelope.authenticated or doubtful or any(map(realm.may_be_ours, (sender, envelope.sender_written)))


def _sender_fields(headers: Iterable[Header]) -> Iterator[tuple[str, bytes | None]]:
    """The name, in small letters, and the value of each field that says who sends; None for what is too much of it."""
    taken = 0
    for header in headers:
        if (name := header.name.lower()) in SENDERS:
            taken += len(header.value)
            yield name, header.value if taken <= _MOST else None


def written_in(value: bytes, depth: int = 0) -> Iterator[Address]:
    """Every address that a field can be read to hold: also inside encoded words, in second angle brackets, unclosed."""
    for each in addresses(value):
        address, name = each.address, each.name
        if "=?" in address:
            address = decode_header_value(address.encode("utf-8", "replace"))
        if address and depth < 2 and (_ANGLE.search(address) or address != each.address):
            yield from written_in(address.encode("utf-8", "replace"), depth + 1)
        elif address:
            yield Address(name, _bare(address))
        elif "@" in name and depth < 2:
            yield from written_in(name.encode("utf-8", "replace"), depth + 1)
        elif re.fullmatch(r"[^\s@]+", name):
            yield Address("", name)  # completed by the first mail server that sees it
    text = _QUOTED.sub("", unfold(value).decode("utf-8", "replace"))
    angles = _ANGLE.findall(text)
    yield from (Address("", _bare(each)) for each in angles[1:] if each.strip())


def _bare(address: str) -> str:
    """An address without comments, blanks, brackets and route."""
    for _ in range(_MOST_COMMENTS):
        if "(" not in address:
            break
        address = _COMMENT.sub("", address)
    return _ROUTE.sub("", re.sub(r"\s+", "", address).strip("<>[],;:"))


def origin(envelope: Envelope, headers: Sequence[Header], realm: Realm) -> Origin:
    """Who is behind a mail that is ours.

    The first of these who is a person inside: the envelope's sender, From, the login, Sender, Resent-From. An address
    with something coded in it is nobody's; that of an account or a list is taken last, or not at all. From is believed
    unless the mail came from outside and was in a mailbox here: then it is whose mailbox that was.
    """
    fields: dict[str, list[Address]] = {name: [] for name in SENDERS}
    for name, value in _sender_fields(headers):
        fields[name] += written_in(value) if value is not None else ()
    mailboxes = [header for header in headers if header.name.lower() in _DELIVERED_FIELDS]
    list_posts = [header for header in headers if header.name.lower() == "list-post"]
    of_the_list = {each.lower().removeprefix("mailto:") for each in _addresses_in(list_posts)}
    is_list, sent = _is_list(headers), envelope.sender
    srs = bool(_SRS.match(sent))
    proven = not srs and (is_ours_by_envelope(envelope, realm) or not mailboxes)

    def is_one(address: str) -> bool:
        local = address.rpartition("@")[0]
        return realm.has(address) and not _CODED.search(local) and address.lower() not in of_the_list

    wanted = [
        *(() if is_list else (sent,)),
        *(each.address for each in fields["from"] if proven),
        envelope.login,
        *(each.address for name in SENDERS[1:] for each in fields[name]),
        *_addresses_in(mailboxes),
        *((sent,) if is_list else ()),
    ]
    people = [each for each in wanted if is_one(each) and not (is_list and _OF_A_LIST.search(each.rpartition("@")[0]))]
    person = next((each for each in people if not _is_machine(each)), next(iter(people), ""))
    authors = [each for each in fields["from"] if proven and realm.has(each.address)]
    return Origin(
        person=person,
        passes_on=is_list or srs or bool(mailboxes) or _is_of_a_machine(sent, fields["from"], realm),
        author=next(iter(authors), None),
    )


def _addresses_in(headers: Iterable[Header]) -> list[str]:
    """The addresses in fields that mail systems write."""
    return [each.address for header in list(headers)[:10] for each in written_in(header.value[:1000])]


def sender_of(envelope: Envelope, headers: Sequence[Header], realm: Realm) -> str:
    """Who the rules take for the sender: the person behind the mail, else what the envelope says.

    Of nearly all mail that is who stands in the envelope, and then From is not taken apart.
    """
    sent = envelope.sender
    if (
        realm.has(sent)
        and not _CODED.search(sent.rpartition("@")[0])
        and not _is_machine(sent)
        and not _is_list(headers)
    ):
        return sent
    return origin(envelope, headers, realm).person or sent


def _is_list(headers: Iterable[Header]) -> bool:
    return any(
        (name := header.name.lower()) in _LIST_FIELDS
        or (name == "precedence" and header.value.strip().lower() == b"list")
        for header in headers
    )


def _is_machine(address: str) -> bool:
    return bool(_MACHINE.fullmatch(address.rpartition("@")[0].partition("+")[0]))


def _is_of_a_machine(sent: str, written: Sequence[Address], realm: Realm) -> bool:
    """Whether it is ours by a name below our domains, or one that Postfix turns into ours: a host's, not a person's."""
    return any(
        realm.sends(domain) and domain not in realm.domains
        for domain in (domain_of(each) for each in (sent, *(each.address for each in written)))
        if domain
    )


def _is_report(headers: Collection[Header]) -> bool:
    """Whether a mail without a sender is what RFC 5321 means by that: a report, a receipt, or an automatic answer."""
    for header in headers:
        name = header.name.lower()
        if name == "content-type" and parse_parameters(header.value)[0] == "multipart/report":
            return True
        if name == "auto-submitted" and parse_parameters(header.value)[0] == "auto-replied":
            return True
        if name == "from" and any(
            each.address.rpartition("@")[0].lower() in _MAIL_SYSTEM for each in written_in(header.value)
        ):
            return True
    return False
