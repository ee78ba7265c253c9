"""Looking up proofs on a thread: a domain that hangs holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support.cast import Clock
from zegel.direct.look_ups import PATIENCE, LookUps
from zegel.direct.proof import Finding, NotProven


class Hanging:
    """Proofs that answer when they are let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.noted: list[str] = []

    def known(self, domain: str, _: object) -> Finding | None:
        return NotProven("noted") if domain in self.noted else None

    def find(self, domain: str, _: object) -> Finding:
        if domain.startswith("dead"):
            self.go.wait()
        return NotProven(f"found for {domain}")

    def note(self, domain: str, *_: object) -> None:
        self.noted.append(domain)


def heard(into: list[str], done: threading.Event) -> Callable[[Finding], None]:
    def told(finding: Finding) -> None:
        into.append(str(finding))
        done.set()

    return told


def test_a_domain_that_hangs_holds_up_no_other_and_is_told_in_time() -> None:
    proofs, clock = Hanging(), Clock()
    fake: Any = proofs
    look_ups, said, done, others = LookUps(fake, clock), list[str](), threading.Event(), threading.Event()
    for number in range(20):
        look_ups.find(f"dead{number}.example", frozenset({"dane"}), lambda _: None)
    dead: list[str] = []
    look_ups.find("dead0.example", frozenset({"dane"}), heard(dead, others))
    look_ups.find("living.example", frozenset({"dane"}), heard(said, done))
    assert done.wait(30) and said == ["found for living.example"]
    look_ups.expire()
    assert dead == []
    clock.pass_(PATIENCE)
    look_ups.expire()
    assert len(dead) == 1 and "nobody answered" in dead[0]
    again: list[str] = []
    look_ups.find("dead0.example", frozenset({"dane"}), heard(again, others))
    assert again == ["noted"], "who asks next does not wait again"
    proofs.go.set()
