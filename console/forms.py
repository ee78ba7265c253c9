"""What a browser sent with a form of the console: fields, and the one file that a page takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zegel_web.fields import LARGEST_FORM, form_of
from zegel_web.multipart import Malformed, boundary, parts

RULES = ("/rules/check", "/rules/save", "/rules/replay")
"""The addresses that take the whole of rules.yaml."""
LARGEST_RULES = 3_200_000
"""Bytes of a form with it: each sign may take three."""
TRY = "/try"
"""The address that takes a whole mail."""
LARGEST_MAIL = 25_000_000
"""Bytes of a mail that is tried, and of the form around it."""

NUMBERS = "/phones/import"
"""The address that takes a file of telephone numbers."""
LARGEST_NUMBERS = 8_000_000
"""Bytes of it: far more lines than one go may have, so that who sends so many is told."""
_FILES = {TRY: LARGEST_MAIL, NUMBERS: LARGEST_NUMBERS}


@dataclass(frozen=True, slots=True)
class Posted:
    """A form."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: bytes = field(default=b"", repr=False)
    whole: bool = True
    """False when it was larger than its address takes."""


def takes(method: str, path: str) -> int:
    """The bytes that a method and a path take."""
    place = path.partition("?")[0] if method == "POST" else ""
    return _FILES.get(place) or (LARGEST_RULES if place in RULES else LARGEST_FORM)


def posted(request: Any) -> Posted:
    """The form in a bottle request."""
    if request.method != "POST":
        return Posted()
    limit = boundary(request.environ.get("CONTENT_TYPE", ""))
    if request.path not in _FILES or not limit:
        return Posted(form_of(request, takes(request.method, request.path)))
    length = request.content_length
    data = request.environ["wsgi.input"].read(min(length, _FILES[request.path]))
    whole = len(data) == length
    try:
        found = list(parts(data, limit, whole=whole))
    except Malformed:
        return Posted()
    fields = {part.name: part.content.decode("utf-8", "replace") for part in found if part.filename is None}
    file = next((part.content for part in found if part.filename), b"")
    return Posted(fields, file, whole)
