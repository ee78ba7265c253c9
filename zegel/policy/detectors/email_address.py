"""E-mail addresses, for rules about lists of people: with `at_least: 25` an address book, one says nothing.

Written as RFC 5321 allows and people do, without quoted local parts. Message ids and pictures of HTML look the same
(`image001.png@01D5`, `<20240101.123@host>`) and are left out. Source: https://www.rfc-editor.org/rfc/rfc5321.

>>> judge("", "Jan.de.Vries@Post.example", "").value
'jan.de.vries@post.example'
>>> judge("cid:", "image001.png@01D5.9A", "") is judge("Message-ID: <", "2024.1@host.example", ">") is None
True
"""

from __future__ import annotations

import re

from zegel.policy.detectors.base import Confidence, Detector, Judged

_NOT_A_PERSON = re.compile(r"(?:message-id|in-reply-to|references|content-id):[^\n]*$|cid:$", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg)@", re.IGNORECASE)


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """An address."""
    local, _, domain = candidate.lower().partition("@")
    top = domain.rpartition(".")[2]
    if len(local) > 64 or not top.isalpha() or ".." in candidate or _PICTURE.search(candidate):
        return None
    if _NOT_A_PERSON.search(before[-200:]):
        return None
    return Judged(f"{local}@{domain}", Confidence.VALID)


DETECTOR = Detector(
    "email-address",
    r"(?i)\b[a-z0-9][a-z0-9._%+'-]{0,63}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b",
    judge,
    Confidence.VALID,
    apart=True,
    sign=b"@",
)
