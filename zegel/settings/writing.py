"""The section `write` of zegel.yaml: whom people outside may write to first."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from zegel.mail.addresses import identity
from zegel.yamlfile import Strict

MOST = 100
"""Addresses that are published; more are no list that anybody reads."""


def _line(text: str) -> str:
    """Text without line ends and controls: it stands on pages and in the header of mails."""
    if not text.isprintable():
        raise ValueError("write it on one line, without tabs or other control characters")
    return text.strip()


Line = Annotated[str, AfterValidator(_line)]


class Published(Strict):
    """An address that anybody may write to on the portal."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$&'*+/=?^_`{|}~.-]+@[^@\s<>\"(),:;\\]+$", max_length=254)]
    """Where the messages go: in one of `domains`."""
    name: Annotated[Line, Field(min_length=1, max_length=80)]
    """What the list calls it."""
    text: Annotated[Line, Field(max_length=300)] = ""
    """What it is for, in a sentence."""
    category: Annotated[Line, Field(max_length=60)] = ""
    """The heading that it stands under; what has none stands first."""


class Write(Strict):
    """The page where people write first; there is none while no address is published."""

    addresses: Annotated[tuple[Published, ...], Field(max_length=MOST)] = ()
    """Who can be written to, in the order of the list."""
    per_address: Annotated[int, Field(ge=1)] = 5
    """Passwords sent to one address in 24 hours, whatever stands behind a plus in it."""
    per_network: Annotated[int, Field(ge=1)] = 50
    """Passwords asked for from one network (an IPv4 address, or an IPv6 /64) in 24 hours."""
    per_day: Annotated[int, Field(ge=1)] = 1000
    """Passwords sent in 24 hours, to all together."""
    per_writer: Annotated[int, Field(ge=1)] = 20
    """Messages by one address in 24 hours, to all published addresses together."""
    per_addressee: Annotated[int, Field(ge=1)] = 200
    """Messages to one published address in 24 hours."""
    client_header: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9-]{0,60})?$")] = "X-Real-IP"
    """The header in which your web server says who asks, and which it always sets; empty without such a server."""

    @field_validator("client_header")
    @classmethod
    def _believed(cls, name: str) -> str:
        if name.lower().startswith(("x-forwarded-", "forwarded")):
            raise ValueError(f"'{name}' is dropped, because anybody can send it; have your web server set X-Real-IP")
        return name

    @field_validator("addresses")
    @classmethod
    def _each_once(cls, addresses: tuple[Published, ...]) -> tuple[Published, ...]:
        seen: set[str] = set()
        for each in addresses:
            who = identity(each.address).text
            if who in seen:
                raise ValueError(f"'{each.address}' is listed twice; take one out")
            seen.add(who)
        return addresses

    def published(self, written: str) -> Published | None:
        """The entry of an address, however it is written; None for one that is not published."""
        who = identity(written).text
        return next((each for each in self.addresses if identity(each.address).text == who), None)
