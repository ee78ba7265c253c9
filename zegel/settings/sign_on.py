"""The section `console.sign_on`: an organisation's single sign-on, by OpenID Connect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from zegel.settings.fields import FilePath
from zegel.yamlfile import Strict

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Where a provider may be without HTTPS: nobody stands between."""

Claim = Annotated[str, Field(max_length=100, pattern=r"^[\x21-\x7e]*$")]


class SignOn(Strict):
    """Who vouches for officers and administrators. Off as long as `issuer` is empty."""

    issuer: str = ""
    """The provider's own name for itself, an address: what its /.well-known/openid-configuration says."""
    client: Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]*$")] = ""
    """The name that the provider gave this console (client_id)."""
    secret_file: FilePath = Path("/etc/zegel/sign-on.secret")
    """File with the secret that belongs to it; the systemd credential `sign-on.secret` comes first."""
    name: Annotated[str, Field(max_length=60)] = ""
    """What people call it: on the button; the host of `issuer` when empty."""
    only: bool = True
    """Whether it is the one way in: no password by e-mail, and passkeys only for changes."""
    changes: Literal["passkey", "provider"] = "passkey"
    """What speaks for a change: a passkey of the console, or being asked by the provider once more."""
    acr: tuple[Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")], ...] = ()
    """Ways of proving oneself there (acr), one of which has to have been used; any will do when there are none."""
    scope: Annotated[str, Field(max_length=300, pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$")] = "openid email"
    """What is asked for."""
    address: Annotated[Claim, Field(min_length=1)] = "email"
    """The claim that holds the e-mail address."""
    verified: Claim = "email_verified"
    """The claim that says that it is theirs. Empty: nobody can choose the claim `address` for themselves."""
    seconds: Annotated[float, Field(ge=1, le=25)] = 10
    """Time for all that the provider is asked about one sign-in."""

    @field_validator("issuer")
    @classmethod
    def _safe(cls, issuer: str) -> str:
        if issuer and (problem := address_problem(issuer, loopback=True)):
            raise ValueError(f"'{issuer}' {problem}; write https://login.clinic.example")
        if issuer and ("?" in issuer or "#" in issuer):
            raise ValueError(f"'{issuer}' has a ? or #, which no issuer has; write https://login.clinic.example")
        return issuer

    @field_validator("scope")
    @classmethod
    def _of_openid(cls, scope: str) -> str:
        if "openid" not in scope.split():
            raise ValueError("without openid nobody says who signed in; write: openid email")
        return scope

    @model_validator(mode="after")
    def _has_a_client(self) -> SignOn:
        if self.issuer and not self.client:
            raise ValueError("the provider has to know the console: add client, the client_id that it gave")
        return self

    @property
    def in_use(self) -> bool:
        return bool(self.issuer)

    @property
    def alone(self) -> bool:
        """Whether nothing else lets anybody in."""
        return self.in_use and self.only

    @property
    def speaks(self) -> bool:
        """Whether it speaks for changes too."""
        return self.in_use and self.changes == "provider"

    @property
    def called(self) -> str:
        """What people know it by."""
        return self.name.strip() or urlsplit(self.issuer).hostname or ""


def address_problem(url: str, *, loopback: bool) -> str | None:
    """What keeps `url` from being an address of a provider, or None; `loopback` allows http there."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    if not url.isascii() or any(sign.isspace() or sign in '"<>\\' or ord(sign) < 32 for sign in url):
        return "is not an address"
    if not host or parts.username is not None or parts.fragment:
        return "is not the address of a server"
    if parts.scheme == "https" or (loopback and parts.scheme == "http" and host in LOOPBACK):
        return None
    return "is not safe: a provider is reached by https://"
