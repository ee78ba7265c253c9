"""The sections `metrics` and `logs` of zegel.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zegel.yamlfile import Strict


class Metrics(Strict):
    """Figures for a monitor, served by the courier."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of /metrics and /health; none when empty."""


class Logs(Strict):
    """What the services write to the journal."""

    format: Literal["text", "json"] = "text"
    """Lines for people, or one JSON object a line."""
