"""A real Postfix of its own in one folder, on loopback, beside whatever Postfix the machine runs.

It delivers mail for anybody itself: to a Maildir per address, or to one SMTP sink. Nothing of the
system's instance is read or written; only the programs and `dynamicmaps.cf` of the package are used.
"""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demo.postfix_config import SERVICES, SMTPD, basics, mailbox_owner, mailbox_table, to_maildirs, to_sink
from demo.processes import ending_with_us
from zegel.postfix_listener import Listener

CHECKOUT: Final = Path(__file__).resolve().parent.parent
SCRIPT: Final = CHECKOUT / "postfix" / "zegel-postfix"
START_SECONDS: Final = 15.0
STOP_SECONDS: Final = 15.0


class PostfixError(Exception):
    """Postfix is missing, does not start or refuses a command; the text is meant for a person."""


def as_root(command: Sequence[str]) -> list[str]:
    """`command`, through sudo when we are not root: Postfix's own commands insist on it."""
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo") is None:
        raise PostfixError("Postfix has to be started by root; become root or install sudo")
    return ["sudo", *command]


@dataclass
class PrivatePostfix:
    """One instance; `start` and `stop` may be called again and again on the same folder.

    `mail`: deliver to Maildirs below this folder. `sink`: hand all mail to this host and port
    instead. `milter`: Postfix's notation, `unix:/path` or `inet:host:port`; it is put in by the script
    that administrators use, with the re-injection listener on `reinjection_port`; empty for neither. With a
    `direct_port` it makes the listener for direct delivery too. `by_socket`: both are sockets, and no ports, which
    takes root, or Postfix's group, of who hands in mail there.
    `overrides` are main.cf parameters that win over ours.
    """

    folder: Path
    port: int
    log: Path
    mail: Path | None = None
    sink: tuple[str, int] | None = None
    milter: str = ""
    reinjection_port: int = 0
    direct_port: int = 0
    map_port: int = 0
    by_socket: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)
    services: str = ""
    """Lines of master.cf besides ours."""

    def __post_init__(self) -> None:
        if (self.mail is None) == (self.sink is None):
            raise ValueError("give either a mail folder or a sink")
        if bool(self.milter) != bool(self.reinjection_port or self.by_socket):
            raise ValueError("a milter needs a re-injection listener, and the other way round")
        self.config = self.folder / "etc"
        self._guard: subprocess.Popen[bytes] | None = None
        self.queue = self.folder / "queue"

    # What a test or the demo does with it.

    def start(self) -> None:
        """Write the configuration, start, and return when both listeners greet.

        A master that an earlier run on this folder left behind is stopped first.
        """
        if not Path("/usr/sbin/postfix").exists():
            raise PostfixError("Postfix is not installed; run: make setup")
        before = os.umask(0o022)  # Postfix's own users read what is written here, whatever the umask of who starts it
        try:
            self._prepare()
            self._open_log()
        finally:
            os.umask(before)
        self.stop()
        self._watch()
        self._postfix("start")
        try:
            ours = Listener("127.0.0.1", self.reinjection_port, self.socket("zegel-submit"))
            for listener in (Listener("127.0.0.1", self.port), *([ours] if self.milter else [])):
                _wait_for_greeting(listener, self.log)
        except BaseException:
            self.stop()
            raise

    def socket(self, name: str) -> Path | None:
        """Where Postfix has a listener of ours; None when it is a port."""
        return self.queue / "public" / name if self.by_socket else None

    def stop(self) -> None:
        """Stop the master of this folder, if one runs, and wait until it is gone.

        Postfix finds it by the lock on its own `pid/master.pid`, so no other process can be hit.
        """
        if self.queue.joinpath("pid").exists() and self.running():
            self._postfix("stop")
            deadline = time.monotonic() + STOP_SECONDS
            while self.running():
                if time.monotonic() > deadline:
                    self._postfix("abort")
                    break
                time.sleep(0.05)
        if self._guard:
            self._guard.kill()
            self._guard.wait()
            self._guard = None

    def running(self) -> bool:
        """Whether a master holds the lock of this folder."""
        test = self._run("/usr/lib/postfix/sbin/master", "-c", str(self.config), "-t")
        return test.returncode != 0

    def reload(self) -> None:
        """Make a changed main.cf count."""
        self._postfix("reload")

    def flush(self) -> None:
        """Try everything in the queue now."""
        self._postfix("flush")

    def queue_empty(self) -> bool:
        """Whether Postfix holds no mail at all."""
        answer = self._run("/usr/sbin/postqueue", "-c", str(self.config), "-p")
        return answer.returncode == 0 and "queue is empty" in answer.stdout

    def sendmail(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Send as a local program does: not by SMTP, so through `non_smtpd_milters`.

        Raises PostfixError when the command fails.
        """
        command = ["/usr/sbin/sendmail", "-C", str(self.config), "-i", "-f", sender, "--", *recipients]
        answer = subprocess.run(as_root(command), input=message, capture_output=True, check=False)
        if answer.returncode:
            raise PostfixError(f"sendmail: {answer.stderr.decode(errors='replace').strip()}")

    def remove(self) -> None:
        """Stop, and delete the folder, of which parts belong to Postfix's user."""
        self.stop()
        self._run("rm", "-rf", "--", str(self.folder))

    # How it is made ready.

    def _watch(self) -> None:
        """Have the master stopped when we are killed."""
        self._guard = subprocess.Popen(
            ending_with_us([sys.executable, "-m", "demo.guard", str(self.config)]),
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._guard.stdout
        with self._guard.stdout as said:
            said.readline()

    def _prepare(self) -> None:
        self.config.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.config.chmod(0o755)
        files = {"main.cf": self._main_cf(), "master.cf": f"127.0.0.1:{self.port} {SMTPD}\n{SERVICES}{self.services}"}
        if self.mail is not None:
            files["mailboxes.cf"] = mailbox_table(self._empty_database())
        for name, content in files.items():
            self.config.joinpath(name).write_text(content, encoding="utf-8")
            self.config.joinpath(name).chmod(0o644)
        if self.milter:
            self._apply_script()
        if not self.queue.exists():
            self._run("install", "-d", "-o", "root", "-m", "755", str(self.queue))
        if self.mail is not None:
            self.mail.mkdir(mode=0o700, exist_ok=True)
            os.chown(self.mail, *mailbox_owner())

    def _open_log(self) -> None:
        """Make the log before Postfix does: 3.10 makes it for root only, and keeps the mode of one that is there."""
        if not self.log.exists():
            self.log.touch(0o644)
        elif not os.access(self.log, os.R_OK):  # of an earlier run
            self._run("chmod", "644", "--", str(self.log))

    def _main_cf(self) -> str:
        parameters = basics(self.folder, self.log) | (
            to_sink(*self.sink) if self.sink else to_maildirs(self.mail or self.folder, self.config)
        )
        parameters |= self.overrides
        return "".join(f"{name} = {value}\n" for name, value in parameters.items())

    def _empty_database(self) -> Path:
        """Postfix's SQLite lookup needs a database, even though our query reads no table."""
        path = self.config / "mailboxes.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM")
        return path

    def _apply_script(self) -> None:
        """Put Zegel in as an administrator does; main.cf and master.cf are fresh, so it starts fresh too."""
        self.config.joinpath("zegel-postfix.json").unlink(missing_ok=True)
        command = [sys.executable, str(SCRIPT), "-c", str(self.config), "apply"]
        command += ["--socket", self.milter, "--port", "socket" if self.by_socket else str(self.reinjection_port)]
        if self.direct_port:
            direct = "socket" if self.by_socket else str(self.direct_port)
            command += ["--direct-port", direct, "--map-port", str(self.map_port)]
        path = f"{os.environ.get('PATH', '')}:/usr/sbin"  # Debian's users do not have postconf in theirs
        answer = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise PostfixError(answer.stderr.strip())

    def _postfix(self, *words: str) -> None:
        answer = self._run("/usr/sbin/postfix", "-c", str(self.config), *words)
        if answer.returncode:
            said = f"{answer.stdout}{answer.stderr}".strip() or _tail(self.log)
            raise PostfixError(f"postfix {words[0]} failed: {said}")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            as_root(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )


def group_of_postfix() -> int:
    """The group id that Postfix's processes have.

    Raises PostfixError when there is no such group.
    """
    try:
        return grp.getgrnam("postfix").gr_gid
    except KeyError:
        raise PostfixError("there is no group postfix; run: make setup") from None


def _wait_for_greeting(listener: Listener, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, smtplib.SMTPException), listener.connect(5):
            return
        time.sleep(0.05)
    raise PostfixError(f"Postfix does not answer at {listener}:\n{_tail(log)}")


def _tail(log: Path, lines: int = 8) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return f"nothing in {log}"
