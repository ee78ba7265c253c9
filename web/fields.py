"""The fields of a query or a form without files, read in one way everywhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

LARGEST_FORM = 64_000
"""Bytes that a form without files may bring."""


def form_of(request: Any, most: int = LARGEST_FORM) -> dict[str, str]:
    """The fields of a form without files, the last of each name; {} when it is no form."""
    if not (request.content_type or "").lower().startswith("application/x-www-form-urlencoded"):
        return {}
    return flat(request.body.read(most).decode("utf-8", "replace"))


def flat(query: str) -> dict[str, str]:
    """The fields of a query, the last of each name."""
    try:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=100, errors="replace")
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}
