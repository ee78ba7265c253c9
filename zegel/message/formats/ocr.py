"""Text in pictures, by tesseract with Dutch and English, when the policy asks for it and the program is there."""

from __future__ import annotations

import subprocess
import time
from functools import lru_cache

from zegel.message.base.found import Budget, Exceeded, Found
from zegel.message.base.programs import FILE, Program, installed

_LANGUAGES = ("nld", "eng")


def read_picture(found: Found, data: bytes, part: str, name: str, place: str = "") -> None:
    """The text in a picture, within the time for pictures; "timeout" or "unsupported" when it cannot be had."""
    spoken = languages()
    if not spoken:
        found.cannot_read(part, name, "unsupported")
        return
    budget = found.budget
    began = time.monotonic()
    seconds = min(budget.ocr or 0, budget.deadline - began)
    if seconds <= 0:
        found.cannot_read(part, name, "timeout")
        return
    within = Budget(budget.unpacked, budget.members, budget.depth, began + seconds)
    command = [installed("tesseract"), FILE, "-", "-l", spoken, "--psm", "3"]
    try:
        with Program(command, data, within) as reading:
            text = reading.rest()
    except Exceeded as exceeded:
        found.cannot_read(part, name, exceeded.kind)
        return
    finally:
        budget.ocr = (budget.ocr or 0) - (time.monotonic() - began)
    budget.charge(len(text))
    found.text("attachments", part, text.decode("utf-8", "replace"), place)
    if reading.code:
        found.cannot_read(part, name, "corrupt")


def languages() -> str:
    """Those of our languages that tesseract has, as it wants them; "" when it has none, or is not there."""
    program = installed("tesseract")
    return _languages(program) if program else ""


@lru_cache(maxsize=2)
def _languages(program: str) -> str:
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    known = listed.stdout.decode("utf-8", "replace").split()
    return "+".join(language for language in _LANGUAGES if language in known)
