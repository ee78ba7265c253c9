"""Delivery reports: what gateways tell afterwards, each in words of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

_REFERENCE = ("reference", "Reference", "REFERENCE")
_STATUS = ("status", "Status", "STATUS", "MessageStatus", "dlr")

_DELIVERED = frozenset({"1", "delivered", "delivrd"})
_FAILED = frozenset({"2", "16", "failed", "delivery_failed", "rejected", "rejectd", "expired"}) | frozenset(
    {"undelivered", "undeliv", "undeliverable"}
)
"""Kannel's numbers (1 delivered, 2 not, 16 refused by the SMSC), the words of SMPP, and those of HTTP gateways."""


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

    >>> meaning("DELIVRD"), meaning("16"), meaning("buffered")
    ('delivered', 'failed', '')
    """
    word = status.strip().lower()
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
