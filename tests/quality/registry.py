"""The hiding places: what makes a document of some format with the secret in some place of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

NUMBER = "111222333"
SECRET = f"BSN {NUMBER}"
"""A valid BSN with its word."""

Make = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a format."""

    format: str
    place: str
    ending: str
    """Of the file's name."""
    make: Make
    """The document, given the secret."""
    is_mail: bool = False
    """Whether the document is a whole mail, which is sent as it is besides being packed."""
    needs: str = ""
    """A program without which the place cannot be read."""


PLACES: list[Place] = []


def place(
    format: str, name: str, *, ending: str = "", is_mail: bool = False, needs: str = ""
) -> Callable[[Make], Make]:
    """Register the decorated function as the maker of a document with the secret in this place."""

    def register(make: Make) -> Make:
        PLACES.append(Place(format, name, ending or format, make, is_mail, needs))
        return make

    return register
