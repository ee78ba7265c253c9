"""A gateway for trying out: each SMS becomes a file, `FOLDER/<E.164>/<moment>.txt`."""

from __future__ import annotations

import time
from pathlib import Path

from zegel.delivery_error import DeliveryError
from zegel.sms.gateway import Message


class FolderGateway:
    """Writes files that others can read: nobody's phone is behind it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        """Writes the file whole, under a name that sorts by time. Raises DeliveryError."""
        phone = self._folder / message.number
        name = f"{time.time_ns()}-{message.reference[:8]}"
        try:
            phone.mkdir(parents=True, exist_ok=True)
            hidden = phone / f".{name}"
            hidden.write_text(message.text, encoding="utf-8")
            hidden.rename(phone / f"{name}.txt")
        except OSError as error:
            raise DeliveryError(permanent=False, status="folder", answer=error.strerror or "") from None
