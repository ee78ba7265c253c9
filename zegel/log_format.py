"""How the services write their logs: lines for people, or one JSON object a line for what collects them."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Literal

Format = Literal["text", "json"]
_TEXT = "%(levelname)s %(name)s: %(message)s"
_SEVERITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""From which level of Python on which severity of syslog(3)."""
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


class ForJournal(logging.Formatter):
    """What another formatter makes, each line led by the severity as the journal reads it (sd-daemon(3))."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        lead = f"<{next((number for least, number in _SEVERITIES if record.levelno >= least), 7)}>"
        return "\n".join(lead + line for line in self._inner.format(record).splitlines())


def log_as(form: Format) -> None:
    """Logs to standard error, where systemd's journal takes it and adds the time. May be called again."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonLines() if form == "json" else logging.Formatter(_TEXT)
    handler.setFormatter(ForJournal(formatter) if _is_journal() else formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _is_journal() -> bool:
    """Whether standard error is the journal's: JOURNAL_STREAM of systemd.exec(5) names its device and inode."""
    try:
        about = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
