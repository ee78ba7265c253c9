"""A hand-written Writing for tests of the portal: it says what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from zegel.conversations.writing import NotProved, Pending, ProofAsked, Started


@dataclass
class FakeWriting:
    """Takes what is asked, and proves nothing unless it is told to."""

    answer: ProofAsked = field(default_factory=lambda: ProofAsked("sent"))
    waits: Pending | None = None
    proved: Started | NotProved = field(default_factory=lambda: NotProved("none"))
    asked: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def ask(self, to: str, address: str, cookie: str, network: str, language: str) -> ProofAsked:
        self.asked.append((to, address, cookie, network, language))
        return self.answer

    def pending(self, cookie: str) -> Pending | None:
        return self.waits

    def prove(self, cookie: str, typed: str) -> Started | NotProved:
        self.typed.append(typed)
        return self.proved
