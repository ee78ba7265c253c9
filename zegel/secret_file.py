"""A secret that the settings name the file of: it stands in no settings, no process list and no log."""

from __future__ import annotations

from pathlib import Path


class SecretUnusable(Exception):
    """A file does not give its secret; the message says what to do."""


def read_secret(path: Path, setting: str) -> str:
    """The content of a file that `setting` names, without line ends. Raises SecretUnusable."""
    try:
        content = path.read_text(encoding="utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SecretUnusable(f"{setting}: {path} cannot be read: {reason}") from None
    if mode & 0o007:
        raise SecretUnusable(f"{setting}: {path} can be read by everybody; run: chmod o= {path}")
    if not content:
        raise SecretUnusable(f"{setting}: {path} is empty")
    return content
