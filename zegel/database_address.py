"""Where a database is: a file, or the address of a server as people write it, with what that leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zegel.errors import ForPeople

APPLICATION = "zegel"
"""By this the server knows the connections of Zegel's processes."""
_HERE = ("localhost", "127.0.0.1", "::1")
_SECRET = ("password", "sslpassword")
"""What may not stand in an address, which people show each other."""
_CONNECTING: dict[str, Any] = {
    "application_name": APPLICATION,
    "dbname": "zegel",
    "user": "zegel",  # the same for every account that runs a command
    "host": "/run/postgresql",  # psycopg from PyPI has no default for the folder of sockets
    "connect_timeout": 5,
    "client_encoding": "UTF8",
    # A server that has vanished without a word is known after some 20 s.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Unless the address says otherwise."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a server. `folder` is where this machine keeps what belongs to it."""

    url: str = field(repr=False)
    """`postgresql://…`, as libpq reads it."""
    folder: Path
    password_file: Path | None = None
    """Read for each connection, so that a changed password needs no restart."""

    @property
    def beside(self) -> Path:
        """Names the files that belong to the database and are kept on this machine."""
        return self.folder / "postgresql"

    def __str__(self) -> str:
        """For people: without parameters, and without a password even if somebody put one in."""
        scheme, _, rest = self.url.partition("?")[0].partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"


Place = Path | Address
"""Where a database is: a path is a file of SQLite."""


def beside(place: Place) -> Path:
    """What names the files beside a database."""
    return place if isinstance(place, Path) else place.beside


class UnusableAddress(ForPeople):
    """The address of the database cannot be read, or has a secret in it."""


def parameters_of(url: str) -> dict[str, Any]:
    """What an address says, with what it leaves open. Raises UnusableAddress, which quotes nothing of it."""
    import psycopg  # only here: who has SQLite needs no driver
    from psycopg.conninfo import conninfo_to_dict

    try:
        said = conninfo_to_dict(url)
    except psycopg.Error:
        raise UnusableAddress(
            "this is no address of a PostgreSQL database; write postgresql://USER@HOST/DATABASE, or "
            "postgresql:///DATABASE for a server on this machine"
        ) from None
    if not all(port.isdigit() or not port for port in str(said.get("port", "")).split(",")):
        raise UnusableAddress("the port of the database is no number; write postgresql://USER@HOST:5432/DATABASE")
    if any(said.get(name) for name in _SECRET):
        raise UnusableAddress(
            "a password may not stand in the address: put it into a file and name that in storage.database_password"
        )
    if said.get("service"):  # it contains the rest, which our defaults would overrule
        return {name: value for name, value in _CONNECTING.items() if name not in ("dbname", "user", "host")} | said
    if said.get("hostaddr"):
        said.setdefault("host", said["hostaddr"])
    whole = _CONNECTING | said
    if not all(host.startswith("/") or host in _HERE for host in str(whole["host"]).split(",")):
        whole.setdefault("sslmode", "verify-full")  # libpq would prefer TLS, believe anybody, and do without
    return whole
