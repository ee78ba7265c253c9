"""What a browser sent with a form: its fields, and its files where a page takes them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from zegel.settings.model import Settings
from zegel_web.fields import LARGEST_FORM, form_of
from zegel_web.multipart import Malformed, Part, boundary, parts
from zegel_web.request_bodies import BEGINNING, IN_MEMORY

LARGEST_TEXT = 1_000_000
"""Bytes that a form with a long text may bring, and what is left for it beside files."""
_AT_ONCE = 2
"""Large forms that are in memory at the same time; another waits for its turn."""
_PATIENCE = 15.0
"""Seconds that it waits."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A form. Of one that was refused, the fields that came before its files."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[Part, ...] = field(default=(), repr=False)
    refused: Literal["", "large", "busy"] = ""


class Uploads:
    """Which addresses take more than an ordinary form, and how many of these at a time."""

    def __init__(self, settings: Settings, patience: float = _PATIENCE) -> None:
        base = urlsplit(settings.portal.url).path.rstrip("/")
        self._paths = re.compile(rf"{re.escape(base)}/m/([A-Za-z0-9_-]{{1,128}})/(reply|draft)")
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._patience = patience
        self._most = {"reply": settings.replies.size + LARGEST_TEXT, "draft": LARGEST_TEXT}

    def link(self, path: str) -> str:
        """The link token in a path that takes more, "" for any other path."""
        found = self._paths.fullmatch(path)
        return found[1] if found else ""

    def most(self, path: str) -> int:
        """The bytes that a path takes."""
        found = self._paths.fullmatch(path)
        return self._most[found[2]] if found else LARGEST_FORM

    def takes(self, known: Callable[[str], bool]) -> Callable[[str, str], int]:
        """The bytes that a method and a path take; only links that are `known` take more than a form."""
        return lambda method, path: self.most(path) if method == "POST" and known(self.link(path)) else LARGEST_FORM

    @contextmanager
    def posted(self, request: Any) -> Iterator[Posted]:
        """The form in a bottle request; a large one is held only as long as this lasts."""
        if request.method != "POST":
            yield Posted()
        elif not self.link(request.path) or not _boundary(request):
            yield Posted(form_of(request))
        elif request.content_length <= IN_MEMORY:
            yield _with_files(request, self.most(request.path))
        elif not self._turns.acquire(timeout=self._patience):
            yield _with_files(request, 0, "busy")
        else:
            try:
                yield _with_files(request, self.most(request.path))
            finally:
                self._turns.release()


def _boundary(request: Any) -> bytes:
    """Not from `request.content_type`: that is in lower case, and a boundary is not."""
    return boundary(request.environ.get("CONTENT_TYPE", ""))


def _with_files(request: Any, most: int, why: Literal["large", "busy"] = "large") -> Posted:
    """Reads from the server's own buffer: bottle would copy it into a temporary file that has a name."""
    length = request.content_length
    data = request.environ["wsgi.input"].read(length if length <= most else BEGINNING)
    whole = len(data) == length
    if not whole and length <= most:
        why = "busy"  # the server had no room for it
    try:
        found = list(parts(data, _boundary(request), whole=whole))
    except Malformed:
        return Posted()
    fields = {part.name: part.content.decode("utf-8", "replace") for part in found if part.filename is None}
    files = tuple(part for part in found if part.filename)
    return Posted(fields, files if whole else (), "" if whole else why)
