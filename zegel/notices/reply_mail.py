"""What a recipient wrote back, as the mail that people of the organisation get."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from zegel.i18n.catalogues import environment
from zegel.message.text.safe_names import safe_name, safe_text
from zegel.notices.brand import Brand
from zegel.notices.formatting import blocks
from zegel.notices.letter import FOLDER, gettext_for
from zegel.notices.mime_writer import Piece, attached_piece, mail, mailbox, mailboxes, multipart, text_piece
from zegel.notices.mime_writer import field as header
from zegel.theme.palette import look
from zegel.way_names import WayName

_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|sv|vs|antw|antwoord|r[ée]f|réponse)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：])+\s*", re.IGNORECASE
)
_TYPE = re.compile(r"(?:application|audio|font|image|model|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
"""What a browser may say that a file is; never a type that is itself a structure of parts (RFC 2046, 5)."""
_LONGEST_LINE = 78
"""Characters of a line of References before it is folded (RFC 5322, 2.1.1)."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file with the reply; name and type as the browser gave them."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A reply and what it answers."""

    name: str
    """Of who wrote; "" when only their address is known."""
    address: str
    own_address: str
    """Where the mail comes from: the organisation's own."""
    to: tuple[tuple[str, str], ...]
    """Address and name of each addressee."""
    others: tuple[tuple[str, str], ...] = ()
    """The same of the people outside who get it too, in a sealed message of their own."""
    subject: str
    """Of the message that is answered."""
    answers: tuple[str, ...]
    """Its Message-ID, with angle brackets; () when it has none."""
    references: tuple[str, ...]
    """The Message-IDs that it has in References, else in In-Reply-To."""
    message_id: str
    reference: str
    """What an answer is recognised by when it brings no header of ours."""
    at: float
    """Seconds since 1970."""
    way: WayName
    first: bool = False
    """Whether it answers nothing: somebody outside wrote first."""
    text: str = field(repr=False)
    files: tuple[Attached, ...] = field(default=(), repr=False)


def reply_mail(brand: Brand, written: Written, language: str) -> bytes:
    """The mail: in the thread of what it answers, from the organisation, with an answer going to who wrote.

    Nothing that was typed gets into the header but as the text of a field (mimewriter).
    """
    _ = gettext_for(language)
    who = safe_text(written.name, 120) or safe_text(written.address, 254)
    values = {"who": who, "organisation": brand.name}
    fields = [
        mailbox("From", written.own_address, _("%(who)s (via %(organisation)s)") % values),
        mailbox("Reply-To", written.address, safe_text(written.name, 120)),
        mailboxes("To", written.to),
        mailboxes("Cc", written.others) if written.others else b"",
        header("Subject", _subject(written, _)),
        f"Date: {_date(written.at, brand.timezone)}".encode("ascii"),
        f"Message-ID: {written.message_id}".encode("ascii"),
        _ids("In-Reply-To", written.answers),
        _ids("References", (*written.references, *written.answers)),
    ]
    if written.others:
        # Read by the others too, whom it does not concern by which way its writer came in.
        how = _("%(who)s wrote this on the secure page of %(organisation)s.")
    elif written.way == "sms":
        how = _(
            "%(who)s wrote this on the secure page of %(organisation)s. A code sent to the telephone "
            "protects that page."
        )
    elif written.way == "agreed":
        how = _(
            "%(who)s wrote this on the secure page of %(organisation)s. The code that was agreed on protects that page."
        )
    else:
        how = _("%(who)s wrote this on the secure page of %(organisation)s. A password by e-mail protects that page.")
    below = [
        how % values,
        *([_("Anybody can write here. We checked the e-mail address, not the name.")] if written.first else []),
        _("Your answer goes to the secure page too.")
        if written.others
        else _("Answer this e-mail as usual: your answer goes to the secure page too."),
        _("Reference: %(reference)s") % {"reference": written.reference},
    ]
    text = f"{written.text}\n\n{'_' * 40}\n\n" + "\n".join(below) + "\n"
    shown = {"blocks": blocks(written.text), "below": below, "brand": brand, "look": look(brand.colour)}
    page = environment(FOLDER, language).get_template("reply.html").render(shown)
    body = multipart("alternative", text_piece("plain", text.lstrip("\n")), text_piece("html", page))
    return mail(fields, multipart("mixed", body, *_files(written.files)) if written.files else body)


def who_wrote(from_name: str, organisation: str, language: str) -> str:
    """Who a reply is from, by the name in its From; "" when that is not what `reply_mail` writes.

    >>> who_wrote("Jan Jansen (via De Kliniek)", "De Kliniek", "en"), who_wrote("Jan", "De Kliniek", "en")
    ('Jan Jansen', '')
    """
    _ = gettext_for(language)
    written = _("%(who)s (via %(organisation)s)") % {"who": "\0", "organisation": organisation}
    before, _there, after = written.partition("\0")
    fits = from_name.startswith(before) and from_name.endswith(after) and len(from_name) > len(before) + len(after)
    return from_name[len(before) : len(from_name) - len(after)] if fits else ""


def for_others(mail_: bytes, answers_to: str) -> bytes:
    """The same reply as the other recipients get it: what they write back by mail goes to `answers_to`, of ours.

    An answer to its writer would leave unprotected, so their address stands in no field that mail programs answer to.
    A program that answers by itself is told not to.
    """
    head, blank, body = mail_.partition(b"\r\n\r\n")
    kept = [each for each in re.split(rb"\r\n(?![ \t])", head) if not each.lower().startswith(b"reply-to:")]
    return b"\r\n".join([*kept, mailbox("Reply-To", answers_to), b"Auto-Submitted: auto-generated"]) + blank + body


def _subject(written: Written, _: Callable[[str], str]) -> str:
    if not written.first:
        return _answering(written.subject, _("your message"))
    who = safe_text(written.name, 120) or safe_text(written.address, 254)
    return safe_text(written.subject, 500).strip() or _("Secure message from %(who)s") % {"who": who}


def _answering(subject: str, without: str) -> str:
    """The subject with one "Re: ", however many it had and in whatever language.

    >>> _answering("Re: AW: Antw: uitslag", "")
    'Re: uitslag'
    """
    return f"Re: {_PREFIXES.sub('', safe_text(subject, 500)).strip() or without}"


def _date(at: float, timezone: str) -> str:
    return format_datetime(datetime.fromtimestamp(at, ZoneInfo(timezone) if timezone else UTC))


def _ids(name: str, ids: Sequence[str]) -> bytes:
    """A field with Message-IDs, each once; b"" without any."""
    lines = [f"{name}:"]
    for each in dict.fromkeys(ids):
        if len(lines[-1]) + 1 + len(each) > _LONGEST_LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {each}"
    return "\r\n".join(lines).encode("ascii") if ids else b""


def _files(files: Sequence[Attached]) -> list[Piece]:
    found = []
    for number, file in enumerate(files, 1):
        kind = file.type.strip().lower()
        kind = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
        found.append(attached_piece(file.content, kind, safe_name(file.name, number, kind)))
    return found
