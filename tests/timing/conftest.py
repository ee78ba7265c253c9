"""The stack of the tests end to end, for what measures it."""

from __future__ import annotations

from tests.e2e.conftest import post, recipient, stack

__all__ = ["post", "recipient", "stack"]
