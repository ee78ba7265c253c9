"""What an officer does when somebody asks what is known of them, or wants to be erased (GDPR, articles 15 and 17)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from zegel import csv_cells
from zegel.core import Core
from zegel.person_data import Erased, PersonData

T = TypeVar("T")
COLUMNS = ("section", "number", "name", "value")


class OfficerPersons:
    """Goes through all tables for one person, one at a time. The audit log notes each, without the address."""

    def __init__(self, core: Core) -> None:
        self._data = PersonData(core)
        self._busy = threading.Lock()

    def known(self, address: str, officer: str) -> dict[str, Any] | None:
        """Everything that is known; None while somebody else is looked up."""
        return self._alone(lambda: self._data.export(address, officer))

    def erase(self, address: str, officer: str, reason: str) -> Erased | None:
        """Removes what need not stay; None while somebody else is looked up."""
        return self._alone(lambda: self._data.erase(address, officer, reason))

    def _alone(self, work: Callable[[], T]) -> T | None:
        if not self._busy.acquire(blocking=False):
            return None
        try:
            return work()
        finally:
            self._busy.release()


def as_json(known: dict[str, Any]) -> Iterator[bytes]:
    """As `zegel person` writes it."""
    yield json.dumps(known, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def as_csv(known: dict[str, Any]) -> Iterator[bytes]:
    """A line for each thing: the section, which one of it, its name, its value."""
    return (line.encode("utf-8", "replace") for line in csv_cells.lines(COLUMNS, _rows(known)))


def _rows(known: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for section, value in known.items():
        for number, each in enumerate(value, 1) if isinstance(value, list) else ((None, value),):
            if isinstance(each, dict):
                yield from ((section, number, name, _plain(one)) for name, one in each.items())
            elif each is not None:
                yield section, number, None, _plain(each)


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
