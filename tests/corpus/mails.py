"""The corpus: real looking mails from templates, each with what is in it and which shipped rules have to fire.

A template is a block of a file in `templates/`: a head (`rules:` that have to fire, `subject:`, `variants:`), then the
text, then attachments, each after a line `--- name`. In it `{kind}` stands for a value (see `values`), `<a|b>` for one
of several wordings, and `{para}` for a paragraph about daily business. Layout varies by number: plain text, HTML, both;
quoted-printable, base64 or 8bit; UTF-8 or Windows-1252; as a reply with the mail before it quoted; with a signature.
"""

from __future__ import annotations

import base64
import html
import io
import quopri
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.corpus.values import DETECTOR_OF, Values
from zegel.policy.case import plain
from zegel.policy.detectors.birth import as_date
from zegel.settings.model import Limits

TEMPLATES = Path(__file__).with_name("templates")
_HOLE = re.compile(r"\{([a-z]+(?::[a-z]+)?)\}")
_CHOICE = re.compile(r"<([^<>|]*(?:\|[^<>|]*)+)>")


@dataclass(frozen=True, slots=True)
class Template:
    """One way to write a mail."""

    name: str
    language: str
    rules: frozenset[str]
    subject: str
    variants: int
    body: str
    attachments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail, and the truth about it."""

    name: str
    raw: bytes
    rules: frozenset[str]
    """The shipped rules that have to fire; none for a clean mail."""
    values: frozenset[tuple[str, str]]
    """Detector and value, without signs, of everything that is really in it."""


@dataclass(slots=True)
class _Filling:
    values: Values
    paragraphs: tuple[str, ...]
    found: set[tuple[str, str]] = field(default_factory=set)

    def fill(self, text: str) -> str:
        while "{para}" in text:
            text = text.replace("{para}", self.values.chance.choice(self.paragraphs), 1)
        while choice := _CHOICE.search(text):
            text = text[: choice.start()] + self.values.chance.choice(choice[1].split("|")) + text[choice.end() :]
        return _HOLE.sub(self._value, text)

    def _value(self, hole: re.Match[str]) -> str:
        value = self.values.draw(hole[1])
        detector = DETECTOR_OF.get(hole[1].partition(":")[0])
        if detector:
            self.found.add((detector, value))
        return value


@cache
def templates() -> tuple[Template, ...]:
    """All templates, in the order of their files."""
    found = []
    for path in sorted(TEMPLATES.glob("??-*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").split("\n=====\n"), 1):
            head, _, rest = block.strip().partition("\n\n")
            keys = dict(re.findall(r"^(\w+): *(.*)$", head, re.MULTILINE))
            body, *pieces = re.split(r"^--- (.+)$", rest, flags=re.MULTILINE)
            found.append(
                Template(
                    f"{path.stem}-{number}",
                    path.stem[:2],
                    frozenset(keys.get("rules", "").replace(",", " ").split()),
                    keys["subject"],
                    int(keys.get("variants", "7")),
                    body.strip(),
                    tuple((name, text.strip()) for name, text in zip(pieces[::2], pieces[1::2], strict=True)),
                )
            )
    return tuple(found)


@cache
def _pieces(name: str) -> tuple[str, ...]:
    return tuple((TEMPLATES / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n"))


def corpus() -> Iterator[Labelled]:
    """Every mail, the same each time."""
    for template in templates():
        for variant in range(template.variants):
            yield _mail(template, variant)


def _mail(template: Template, variant: int) -> Labelled:
    name = f"{template.name}.{variant}"
    values = Values(name, template.language)
    filling = _Filling(values, _pieces(f"paragraphs.{template.language}"))
    subject = filling.fill(template.subject)
    body = filling.fill(template.body)
    if variant % 3 != 1:
        body += "\n\n" + filling.fill(values.chance.choice(_pieces(f"signatures.{template.language}")))
    if variant % 4 == 2:
        body = _as_reply(body, filling, template.language)
        subject = f"<RE|FW>: {subject}" if variant % 8 == 2 else f"Re: {subject}"
    attachments = [(filling.fill(n), filling.fill(text)) for n, text in template.attachments]
    raw = _written(name, filling.fill(subject), body, attachments, variant, values)
    return Labelled(name, raw, template.rules, frozenset((d, normal(d, v)) for d, v in filling.found))


def normal(detector: str, value: str) -> str:
    """A value as two writings of it are compared."""
    if detector == "home-address":
        found = re.search(r" (\d+), (\d{4}) ([A-Z]{2})", value)
        return f"{found[2]}{found[3]}{found[1]}".lower() if found else plain(value)
    if detector == "phone":
        return re.sub(r"\D", "", value.replace("(0)", ""))[-9:]
    if detector == "date-of-birth":
        day = as_date(value)
        return day.isoformat() if day else value
    if detector == "mrz":
        return plain(value.split("\n")[-1][:9])
    return plain(value)


def _as_reply(body: str, filling: _Filling, language: str) -> str:
    """`body` quoted, under a short answer."""
    answer = filling.fill(
        {
            "nl": "<Dank je wel, ik kijk er vandaag naar.|Akkoord, zie hieronder.|Zie mijn vraag.>\n\n{para}\n\n"
            "Op {date} om {time} schreef {name} <{email}>:",
            "en": "<Thanks, I will look at it today.|Agreed, see below.|Please see my question.>\n\n{para}\n\n"
            "On {date} at {time} {name} <{email}> wrote:",
        }[language]
    )
    return f"{answer}\n" + "\n".join(f"> {line}".rstrip() for line in body.split("\n"))


def _written(
    name: str, subject: str, body: str, attachments: list[tuple[str, str]], variant: int, values: Values
) -> bytes:
    """The mail as bytes, in a layout that follows from its number."""
    charset = "windows-1252" if variant % 5 == 3 else "utf-8"
    if charset != "utf-8" and not _fits(body, charset):
        charset = "utf-8"
    encoding = ("quoted-printable", "8bit", "base64")[variant % 3]
    text = _part(f"text/plain; charset={charset}", body, charset, encoding)
    page = _part(f"text/html; charset={charset}", _as_html(body), charset, encoding)
    content = (text, page, _multipart("alternative", [text, page], name))[(variant // 2) % 3]
    if attachments:
        files = [_file(*attachment) for attachment in attachments]
        content = _multipart("mixed", [content, *files], f"{name}-mixed")
    sender = values.draw("name")
    head = (
        f"From: {_encoded(sender)} <afzender@kliniek.example>\nTo: ontvanger@post.example\n"
        f"Subject: {_encoded(subject)}\nDate: Tue, 12 Mar 2024 09:{variant:02}:00 +0100\n"
        f"Message-ID: <{values.draw('uuid')}@kliniek.example>\nMIME-Version: 1.0\n"
    )
    return (head.encode("ascii") + content).replace(b"\n", b"\r\n")


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _part(kind: str, text: str, charset: str, encoding: str, filename: str = "") -> bytes:
    data = text.encode(charset)
    if encoding == "quoted-printable":
        data = quopri.encodestring(data)
    elif encoding == "base64":
        data = base64.encodebytes(data)
    disposition = f'\nContent-Disposition: attachment; filename="{filename}"' if filename else ""
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}{disposition}\n\n".encode() + data


def _locked(filename: str) -> bytes:
    """An archive that is locked with a password that nobody knows."""
    return _zip(filename, (TEMPLATES / "locked.zip").read_bytes())


def _crowded(filename: str) -> bytes:
    """An archive with more members than are opened."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(Limits().members + 1):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    return _zip(filename, packed.getvalue())


_ARCHIVES = {"(locked)": _locked, "(crowded)": _crowded}
"""What stands for an archive in a template."""


def _file(filename: str, content: str) -> bytes:
    archive = _ARCHIVES.get(content)
    return archive(filename) if archive else _part(_type(filename), content, "utf-8", "base64", filename)


def _zip(filename: str, packed: bytes) -> bytes:
    data = base64.encodebytes(packed)
    disposition = f'Content-Disposition: attachment; filename="{filename}"'
    return f"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n{disposition}\n\n".encode() + data


def _multipart(kind: str, parts: list[bytes], name: str) -> bytes:
    boundary = f"=_{plain(name)}_{kind}"
    pieces = b"".join(b"--" + boundary.encode() + b"\n" + part + b"\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + pieces + f"--{boundary}--\n".encode()


def _encoded(text: str) -> str:
    return text if text.isascii() else f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


_TYPES = {"csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard", "json": "application/json"}


def _type(name: str) -> str:
    return _TYPES.get(name.rpartition(".")[2], "text/plain")


def _as_html(text: str) -> str:
    """Paragraphs; lines with | become a table, as a mail program shows them."""
    blocks = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if all(" | " in line for line in lines) and len(lines) > 1:
            rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in line.split(" | ")) for line in lines)
            blocks.append("<table border=1>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        else:
            blocks.append("<p>" + "<br>\n".join(map(html.escape, lines)) + "</p>")
    style = "<style>p { font: 11pt Calibri; color: #123456789 }</style>"
    return f"<html><head>{style}</head><body>{''.join(blocks)}</body></html>"
