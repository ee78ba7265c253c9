"""How the services write their logs: lines for people, or one JSON object a line for what collects them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

Format = Literal["text", "json"]
_TEXT = "%(levelname)s %(name)s: %(message)s"
FIELDS = ("queue_id", "message_id", "delivery", "item", "queued_as", "event", "result", "level", "rules")
"""What a line may have beside its text, by `extra`: never an address, a subject or anything of a message."""


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level` of the line, `logger`, `text`, and those of FIELDS that it has."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "severity": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "text": record.getMessage(),
        }
        line |= {name: vars(record)[name] for name in FIELDS if vars(record).get(name) not in (None, "")}
        return json.dumps(line, ensure_ascii=False)


def log_as(form: Format) -> None:
    """Logs to standard error, where systemd's journal takes it and adds the time. May be called again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
