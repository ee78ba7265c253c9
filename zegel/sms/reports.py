"""Delivery reports: what gateways tell afterwards, each in words of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

_REFERENCE = ("reference", "Reference", "REFERENCE")
_STATUS = ("status", "Status", "STATUS", "MessageStatus", "CallStatus", "dlr")

_DELIVERED = frozenset({"delivered", "delivrd", "completed", "answered"})
_FAILED = frozenset({"failed", "delivery_failed", "rejected", "rejectd", "expired"}) | frozenset(
    {"undelivered", "undeliv", "undeliverable"}
)
"""The words of SMPP and of HTTP gateways; of a call that nobody answered (busy, no-answer) there is nothing to tell a
sender. Bare numbers say nothing: what is delivered to one has failed to another."""
KANNEL = "kannel-"
"""Put before Kannel's numbers, which are bits: 1 delivered, 2 not delivered, 16 refused by the SMSC."""


def read(query: str, content_type: str, body: bytes) -> tuple[str, str]:
    """Reference and status in a report: from the query, else from a form or a flat JSON body; "" when missing."""
    fields = _pairs(query)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        fields = _pairs(body.decode("utf-8", "replace")) | fields
    elif kind == "application/json":
        fields = _flat(body) | fields
    return _first(fields, _REFERENCE), _first(fields, _STATUS)


def meaning(status: str) -> Literal["delivered", "failed", ""]:
    """What a status says about the phone; "" for a step on the way, and for what is not known.

    >>> meaning("DELIVRD"), meaning("kannel-16"), meaning("buffered"), meaning("2")
    ('delivered', 'failed', '', '')
    """
    word = status.strip().lower()
    bits = word.removeprefix(KANNEL)
    if word != bits and bits.isascii() and bits.isdecimal() and len(bits) < 5:
        return "delivered" if int(bits) & 1 else "failed" if int(bits) & (2 | 16) else ""
    if word in _DELIVERED:
        return "delivered"
    return "failed" if word in _FAILED else ""


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100, errors="replace"))
    except ValueError:
        return {}


def _flat(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: str(value) for name, value in content.items() if isinstance(value, (str, int))}


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")[:200]
