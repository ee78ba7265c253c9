"""Where the data is kept: a file of SQLite, or a database of a PostgreSQL server."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo

from zegel.database_address import Address, Place, UnusableAddress, parameters_of
from zegel.settings.fields import FilePath, in_folder_of_file
from zegel.yamlfile import Strict

MASTER_KEY, SEALING_KEY = "master.key", "sealing.key"
"""Names of systemd's credentials, and of the files beside each other."""


def _database(given: object, info: ValidationInfo) -> Path | str:
    """A path, or the address of a server, which libpq can read and which has no password in it."""
    if not isinstance(given, str | Path) or not str(given).strip():
        raise ValueError("write a path, or postgresql://USER@HOST/DATABASE")
    scheme = re.match(r"([a-z][a-z0-9+.-]+):", str(given), re.IGNORECASE)
    if scheme is None:
        return in_folder_of_file(Path(given), info)
    if scheme[1] not in ("postgresql", "postgres") or not str(given).startswith(f"{scheme[1]}://"):
        raise ValueError(
            "the database is a file of SQLite or a database of PostgreSQL; write a path, or "
            "postgresql://USER@HOST/DATABASE"
        )
    try:
        parameters_of(str(given))
    except UnusableAddress as problem:
        raise ValueError(str(problem)) from None
    return str(given)


class Storage(Strict):
    """Where the data is kept."""

    database: Annotated[Path | str, PlainValidator(_database)] = Path("/var/lib/zegel/zegel.db")
    """The database: a file of SQLite, or `postgresql://USER@HOST/DATABASE` (docs/operations.md, PostgreSQL)."""
    database_password: FilePath | None = None
    """File with the password of the PostgreSQL account; a systemd credential `database.password` comes first."""
    keyring: FilePath = Path("/var/lib/zegel/keyring.db")
    """The day keys, always a file here; keep it out of long-lived backups."""
    spool: FilePath = Path("/var/lib/zegel/spool")
    """Private folder for messages over 1 MB while they are inspected."""
    master_key: FilePath = Path("/etc/zegel/master.key")
    """The master key, made by `zegel key new`; a systemd credential `master.key` comes first."""

    @property
    def place(self) -> Place:
        """Where the database is."""
        if isinstance(self.database, Path):
            return self.database
        return Address(self.database, self.folder, credential("database.password") or self.database_password)

    @property
    def folder(self) -> Path:
        """Where locks, and what else belongs to the database, is kept on this machine: beside the file of SQLite, else
        beside the key ring."""
        return self.database.parent if isinstance(self.database, Path) else self.keyring.parent

    @property
    def sealing_key(self) -> Path:
        """What the milter has in place of the master key, made by `zegel key sealing`; the credential comes first."""
        return self.master_key.with_name(SEALING_KEY)

    def password_problem(self) -> str | None:
        """What is wrong with the file of the database's password, or None."""
        place = self.place
        if isinstance(place, Path) or place.password_file is None or place.password_file != self.database_password:
            return None
        file = place.password_file
        try:
            mode = file.stat().st_mode
            file.read_bytes()
        except OSError as error:
            return f"the password of the database cannot be read from {file}: {error.strerror}"
        if mode & 0o007:
            return f"{file} can be read by others (mode {mode & 0o777:04o}); run: chmod o= {file}"
        return None

    @property
    def policies(self) -> Path:
        """Where the last policies that were in force are kept."""
        return self.folder / "policy"

    @property
    def figures(self) -> Path:
        """What the milter counts, for `/metrics`."""
        return self.spool / "milter.figures"


def credential(name: str) -> Path | None:
    """The file of a systemd credential, when the unit has it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, name) if folder else None
    return path if path and path.exists() else None
