"""A PostgreSQL server of the tests' own: a private cluster on a Unix socket, and a database for each house."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Any

import psycopg
import pytest

from zegel.database_address import Address
from zegel.vault.engines.place import engine_of
from zegel.vault.migrations import migrate

DEFAULT_ENGINE = os.environ.get("ZEGEL_TEST_ENGINE", "sqlite")
"""What unit tests run on that do not say it; set by hand to look for what another engine does differently."""
ON_BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
_CONF = """
listen_addresses = ''
fsync = off
shared_buffers = 16MB
max_connections = 60
log_min_messages = fatal
"""
"""Without fsync what was committed outlives every kill, as the kernel has it; only the power must not fail."""


class Cluster:
    """The server. Who is root runs it as another account: it refuses to run as root."""

    def __init__(self) -> None:
        # Short: a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="zegel-pg-"))
        self.folder.chmod(0o711)
        self._process: subprocess.Popen[bytes] | None = None
        self._databases: dict[Path, Address] = {}
        self._as = ["setpriv"]
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._as += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "zegel", "-E", "UTF8", "--locale=C", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"{_CONF}unix_socket_directories = '{self.folder}'\n")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        until = time.monotonic() + 120
        while True:
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawned()  # once more: what was killed has not let go of its memory yet
            try:
                self.connected().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _spawned(self) -> subprocess.Popen[bytes]:
        # Ends with us; said in the same breath as the account, because a change of that undoes it.
        command = [*self._as, "--pdeathsig", "INT", _program("postgres"), "-D", str(self.data)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd="/", stdout=log, stderr=log)

    def stop(self, mode: str = "immediate") -> None:
        """Stops it: "immediate" gives it no moment for anything, "fast" ends what goes on."""
        if self._process is not None:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Kills all of its processes."""
        assert self._process is not None
        postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        self._process.wait()
        self._process = None

    def connected(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="zegel", dbname=database, autocommit=True, connect_timeout=5)

    def database_of(self, folder: Path) -> Address:
        """The database of the house in `folder`, made when it is asked for first."""
        if folder not in self._databases:
            if not self._databases:
                self._make_template()
            name = f"house_{len(self._databases)}"
            self._create(f"{name} TEMPLATE house")
            self._databases[folder] = self.address(name, folder)
        return self._databases[folder]

    def address(self, name: str, folder: Path) -> Address:
        """Of a database of the server."""
        return Address(f"postgresql://zegel@/{name}?host={self.folder}", folder)

    def _make_template(self) -> None:
        """Makes all tables once, which takes longer than anything else."""
        self._create("house")
        engine = engine_of(self.address("house", self.folder))
        migrate(engine)
        engine.close()

    def _create(self, database: str) -> None:
        with contextlib.closing(self.connected()) as connection:
            connection.execute(f"CREATE DATABASE {database}")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, _program(program), *arguments]
        subprocess.run(command, cwd="/", check=True, capture_output=True)


def _program(name: str) -> str:
    """Debian has the server's programs in a folder for each version."""
    return str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4])))
