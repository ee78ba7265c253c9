"""The console: where it listens, and who may sign in."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from zegel.mail.addresses import identity
from zegel.settings.sign_on import SignOn
from zegel.yamlfile import Strict


def _person(address: str) -> str:
    found = identity(address)
    if not found.domain or not found.local or address.count("@") != 1 or any(sign.isspace() for sign in address):
        raise ValueError(f"'{address}' is not an e-mail address; write it as privacy@clinic.example")
    return address


PersonAddress = Annotated[str, AfterValidator(_person)]


class Console(Strict):
    """The pages of the data-protection officer and the administrator."""

    url: str = "http://localhost:8081"
    """Address as they type it; https:// with a name of its own, or localhost: passkeys work nowhere else."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8081
    """Port to listen on."""
    threads: Annotated[int, Field(ge=2, le=64)] = 4
    """Requests answered at the same time."""
    officers: tuple[PersonAddress, ...] = ()
    """Who sees messages (never their content) and rules, and may act; nobody can sign in who is not named here."""
    administrators: tuple[PersonAddress, ...] = ()
    """Who sees the processes and what waits to be sent, and no message."""
    sign_on: SignOn = SignOn()

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"'{url}' is not the address of a site; write https://console.clinic.example")
        if _is_number(host) or (parts.scheme == "http" and host != "localhost"):
            raise ValueError(f"'{url}' is no place for passkeys; use https:// and a name, or http://localhost:8081")
        return url.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether cookies can be limited to HTTPS."""
        return self.url.startswith("https://")

    @property
    def in_use(self) -> bool:
        """Whether anybody may sign in."""
        return bool(self.officers or self.administrators)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
