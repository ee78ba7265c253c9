"""What the store gives out about direct deliveries: frozen rows without the database behind them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DirectRow:
    """A delivery that may go directly."""

    delivery: int
    message: int
    domain: str
    proofs: tuple[str, ...]
    began_at: float
    attempt: int
    handed_at: float
    sure: bool
    proof: str


@dataclass(frozen=True, slots=True)
class DirectLine:
    """What became of direct deliveries to a domain."""

    domain: str
    outcome: str
    times: int
    first_at: float
    last_at: float
    last: str
