"""MIME bytes from pieces: every line ends in CRLF, is at most 998 bytes long, and holds only what was meant.

What comes in here is untrusted: names, subjects, addresses, header values of the original. Two rules keep it
from becoming structure. No line break leaves a field other than as a fold. And every body is encoded so that
no boundary can occur in it ("=_" appears in neither base64 nor quoted-printable, RFC 2045, 6.7).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header as EncodedHeader
from urllib.parse import quote

LONGEST_LINE = 998
"""Bytes in a line, without its CRLF (RFC 5322, 2.1.1)."""

_ASCII = bytes(range(128))
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"


@dataclass(frozen=True, slots=True)
class Piece:
    """A MIME part: its own header fields, each without final line break, and its body as it travels."""

    fields: tuple[bytes, ...]
    body: bytes


def one_line(text: str) -> str:
    """`text` without control characters, line separators or lone surrogates, blanks folded into one.

    >>> one_line("Jan\\r\\nBcc: piet@post.example")
    'Jan Bcc: piet@post.example'
    """
    return " ".join("".join(" " if _breaks(c) else c for c in text).split())


def field(name: str, text: str) -> bytes:
    """A header field with free text, folded, and encoded by RFC 2047 where it is not plain ASCII."""
    line = one_line(text)
    plain = line.isascii() and "=?" not in line and all(len(word) < 70 for word in line.split())
    charset = "us-ascii" if plain else "utf-8"
    encoded = EncodedHeader(line, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}".encode("ascii")


def mailbox(name: str, address: str, display: str = "") -> bytes:
    """A header field with exactly one mailbox; an address beyond ASCII stays UTF-8 (RFC 6532)."""
    start = name.encode("ascii") + b": "
    quoted = _quoted_address(address).encode("utf-8", "replace")
    shown = one_line(display)
    if not shown:
        return start + (b"<" + quoted + b">" if quoted.startswith(b'"') else quoted)
    if shown.isascii() and "=?" not in shown and len(shown) < 200:
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    else:
        phrase = EncodedHeader(shown, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
    return start + phrase.encode("ascii") + b"\r\n <" + quoted + b">"


def mailboxes(name: str, people: Sequence[tuple[str, str]]) -> bytes:
    """A header field with a mailbox for each address and name, a line each."""
    each = [mailbox(name, address, display)[len(name) + 2 :] for address, display in people]
    return name.encode("ascii") + b": " + b",\r\n ".join(each)


def taken_over(name: str, value: bytes) -> bytes:
    """The field with the raw value of another message's field: the same bytes, folds made harmless.

    A value that cannot be brought to lines of at most 998 bytes, or that is blank, comes back as b"".
    """
    lines = [line for line in re.split(rb"\r\n|\n|\r", value.replace(b"\0", b"")) if line.strip()]
    folded: list[bytes] = []
    for line in [name.encode("ascii") + b":" + lines[0], *lines[1:]] if lines else []:
        rest = line if not folded or line[:1] in b" \t" else b" " + line
        while len(rest) > LONGEST_LINE:
            cut = max(rest.rfind(b" ", 1, LONGEST_LINE), rest.rfind(b"\t", 1, LONGEST_LINE))
            if not rest[: max(cut, 0)].strip():
                return b""
            folded.append(rest[:cut])
            rest = rest[cut:]
        folded.append(rest)
    return b"\r\n".join(folded)


def text_piece(subtype: str, content: str) -> Piece:
    """A text part in UTF-8: quoted-printable when most of it is ASCII, else base64."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n") if "\r" in content else content
    raw = lines.replace("\n", "\r\n").encode("utf-8", "replace")
    if len(raw.translate(None, delete=_ASCII)) * 6 > len(raw):
        encoding, body = b"base64", _base64(raw)
    else:
        encoding, body = b"quoted-printable", _quoted_printable(raw)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'.encode("ascii")
    return Piece((kind, b"Content-Transfer-Encoding: " + encoding), body)


def plain_piece(content_type: str, lines: Sequence[bytes]) -> Piece:
    """A part of ASCII lines that is not encoded, as delivery reports want it (RFC 3464, 2)."""
    return Piece((f"Content-Type: {content_type}".encode("ascii"),), b"\r\n".join([*lines, b""]))


def image_piece(data: bytes, content_type: str, content_id: str, name: str) -> Piece:
    """An image that HTML shows by cid:`content_id`."""
    kind = content_type if re.fullmatch(r"image/[a-z0-9.+-]{1,60}", content_type) else "image/png"
    label = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:60].strip("-.") or "image"
    where = re.sub(r"[\x00-\x20<>\x7f]", "", content_id)[:900]
    fields = (
        f'Content-Type: {kind}; name="{label}"',
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{where}>",
        f'Content-Disposition: inline; filename="{label}"',
    )
    return Piece(tuple(line.encode("utf-8", "replace") for line in fields), _base64(data))


def attached_piece(data: bytes, content_type: str, name: str) -> Piece:
    """A file to be saved under `name`, by RFC 2231 where that is not plain ASCII; names for both old and new programs.

    `content_type` is a type without parameters that is no multipart and no message (RFC 2046, 5).
    """
    label = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in one_line(name))
    plain = label == name and len(label) <= 60
    fields = [
        f"Content-Type: {content_type}".encode("ascii"),
        b"Content-Transfer-Encoding: base64",
        b"\r\n".join([b"Content-Disposition: attachment;", *_named(label if plain else "", name)]),
    ]
    return Piece(tuple(fields), _base64(data))


def _named(plain: str, name: str) -> list[bytes]:
    """The filename parameter: as it is, or in encoded pieces that fit on a line (RFC 2231, 4.1)."""
    if plain:
        return [f' filename="{plain}"'.encode("ascii")]
    encoded = re.findall(r"(?:%..|[^%]){1,50}", quote(one_line(name), safe="-._~"))
    if len(encoded) == 1:
        return [f" filename*=UTF-8''{encoded[0]}".encode("ascii")]
    lines = [f" filename*{number}*={part}" for number, part in enumerate(encoded)]
    lines[0] = f" filename*0*=UTF-8''{encoded[0]}"
    return [*(line.encode("ascii") + b";" for line in lines[:-1]), lines[-1].encode("ascii")]


def multipart(subtype: str, *pieces: Piece, parameter: str = "") -> Piece:
    """The pieces in one; the boundary follows from what they hold, so that equal mails have equal bytes."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(_part(piece))
    boundary = b"=_" + digest.hexdigest()[:32].encode("ascii")
    body = b"".join(b"--" + boundary + b"\r\n" + _part(piece) + b"\r\n" for piece in pieces)
    kind = f"Content-Type: multipart/{subtype};{parameter and f' {parameter};'}\r\n boundary=".encode("ascii")
    return Piece((kind + b'"' + boundary + b'"',), body + b"--" + boundary + b"--\r\n")


def mail(fields: Sequence[bytes], content: Piece) -> bytes:
    """The whole message, RFC 5322; empty fields are left out."""
    return b"\r\n".join([*filter(None, fields), b"MIME-Version: 1.0", _part(content)])


def _part(piece: Piece) -> bytes:
    return b"\r\n".join([*piece.fields, b"", piece.body])


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _quoted_address(address: str) -> str:
    """`address` such that it can only be read as one mailbox (RFC 5321, 4.1.2; RFC 6531 allows UTF-8)."""
    clean = "".join(c for c in address if not _breaks(c) and c not in "<>")
    local, at, domain = clean.rpartition("@")
    if not at:
        local, domain = domain, ""
    domain = re.sub(r"[^\w.:\[\]-]", "", domain)
    if not re.fullmatch(rf"{_ATOM}(\.{_ATOM})*", local):
        inner = local[1:-1] if len(local) > 1 and local[0] == local[-1] == '"' else local
        inner = re.sub(r"\\(.)", r"\1", inner)
        local = '"' + re.sub(r'(["\\])', r"\\\1", inner) + '"'
    return f"{local}@{domain}" if domain else local


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _quoted_printable(raw: bytes) -> bytes:
    encoded = binascii.b2a_qp(raw, istext=True)
    if b"\r\n" not in raw:
        encoded = encoded.replace(b"\n", b"\r\n")
    if encoded.startswith(b"From "):
        encoded = b"=46rom " + encoded[5:]
    return encoded.replace(b"\nFrom ", b"\n=46rom ")
