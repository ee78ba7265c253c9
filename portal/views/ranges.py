"""Downloads that can be resumed: one range of bytes, as RFC 9110 (14) has it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from zegel_portal.files.file_names import attachment_header
from zegel_portal.http.stream import Stream
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_web.responses import FILE_POLICY, reply

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


def send(
    site: Site, visit: Visit, what: str, name: str, kind: str, size: int, pieces: Callable[[int], Iterator[bytes]]
) -> Any:
    """A download of `size` bytes, which `pieces` gives from an offset on, saved under `name`.

    `what` tells it from all other downloads of this message: what a browser has of it stays valid as long as the
    message, because neither ever changes. Raises KeyGone.
    """
    tag = hashlib.sha256(f"{visit.delivery.message_id} {what}".encode()).hexdigest()[:32]
    headers = {
        "Content-Disposition": attachment_header(name),
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
    }
    asking = visit.browser
    wanted = "" if asking.method != "GET" or asking.if_range not in ("", f'"{tag}"') else asking.range
    found = part(wanted, size)
    if found is None:
        return _answer(site, b"", 416, kind, {**headers, "Content-Range": f"bytes */{size}"})
    start, end = found
    headers["Content-Length"] = str(end - start)
    if wanted and (start, end) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    given = _until(pieces(start), end - start) if asking.method == "GET" else iter(())
    first = next(given, b"")  # now, so that a message that just ended gets its page and no broken download
    body = Stream(chain((first,), given), end - start)  # for a HEAD nobody reads it
    return _answer(site, body, 206 if "Content-Range" in headers else 200, kind, headers)


def part(wanted: str, size: int) -> tuple[int, int] | None:
    """Where the range that a Range header wants begins and ends; None when there are no such bytes.

    What is no single range of bytes is not honoured, and everything is given.

    >>> part("bytes=0-9", 100), part("bytes=-10", 100), part("bytes=90-", 100), part("bytes=100-", 100)
    ((0, 10), (90, 100), (90, 100), None)
    >>> part("", 100), part("bytes=1-2,4-5", 100), part("bytes=5-2", 100), part("bytes=0-500", 100)
    ((0, 100), (0, 100), (0, 100), (0, 100))
    """
    found = _RANGE.fullmatch(wanted.strip())
    if not found or not (found[1] or found[2]):
        return 0, size
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size) if length else None
    start = int(found[1])
    end = int(found[2]) + 1 if found[2] else size
    if end <= start and found[2]:
        return 0, size
    return (start, min(end, size)) if start < size else None


def _until(pieces: Iterator[bytes], left: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _answer(site: Site, body: Any, status: int, kind: str, headers: dict[str, str]) -> Any:
    return reply(body, status, kind=kind, policy=FILE_POLICY, secure=site.settings.portal.secure, headers=headers)
