"""What a check says: the shape of its answers, and how they are gathered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from zegel.errors import describe

State = Literal["ok", "note", "warning", "critical"]
EXIT: dict[State, int] = {"ok": 0, "note": 0, "warning": 1, "critical": 2}
"""The exit status that a state asks for, as monitors that speak Nagios' language know it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `text` says what is wrong and what to do, or what is in order."""

    name: str
    state: State
    text: str


Said = tuple[State, str]
Look = Callable[[], Iterable[Said]]


def gathered(looks: Iterable[tuple[str, Look]]) -> Iterator[Finding]:
    """What all `looks` say, in their order. They run beside each other, because most of them wait for somebody."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        running = [(name, pool.submit(lambda look=look: list(look()))) for name, look in looks]  # type: ignore[misc]
        for name, future in running:
            try:
                said = future.result()
            except Exception as error:
                said = [("critical", f"this could not be looked at: {describe(error)}")]
            yield from (Finding(name, state, text) for state, text in said)
