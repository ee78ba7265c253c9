"""Who may sign in to the console, by the addresses that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zegel.mail.addresses import identity
from zegel.settings.console import Console


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the console, who may be both."""

    address: str
    officer: bool
    administrator: bool


def people_of(settings: Console) -> Mapping[str, Person]:
    """All of them, by the identity of their address."""
    named = dict.fromkeys(identity(each).text for each in (*settings.officers, *settings.administrators))
    officers = {identity(each).text for each in settings.officers}
    administrators = {identity(each).text for each in settings.administrators}
    return {each: Person(each, each in officers, each in administrators) for each in named}
