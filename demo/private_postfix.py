"""A real Postfix of its own in one folder, on loopback, beside whatever Postfix the machine runs.

It delivers mail for anybody itself: to a Maildir per address, or to one SMTP sink. Nothing of the
system's instance is read or written; only the programs and `dynamicmaps.cf` of the package are used.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

START_SECONDS: Final = 15.0
STOP_SECONDS: Final = 15.0
MESSAGE_LIMIT: Final = 60_000_000
"""Bytes; above the 25 MB mails of the tests after base64."""


class PostfixProblem(Exception):
    """Postfix is missing, does not start or refuses a command; the text is meant for a person."""


def as_root(command: Sequence[str]) -> list[str]:
    """`command`, through sudo when we are not root: Postfix's own commands insist on it."""
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo") is None:
        raise PostfixProblem("Postfix has to be started by root; become root or install sudo")
    return ["sudo", *command]


def mailbox_owner() -> tuple[int, int]:
    """The (uid, gid) that mail is delivered as: ourselves, or `nobody` when we are root.

    virtual(8) refuses to deliver as root.
    """
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def mailbox_name(address: str) -> str:
    """The folder below the mail folder for `address`, as the query in `_write_mailbox_map` makes it.

    >>> mailbox_name("Jan/../Jansen@Post.example")
    'jan____jansen@post.example'
    """
    return address.lower().replace("/", "_").replace("..", "_")


@dataclass
class PrivatePostfix:
    """One instance; `start` and `stop` may be called again and again on the same folder.

    `mail`: deliver to Maildirs below this folder. `sink`: hand all mail to this host and port
    instead. `milter`: Postfix's notation, `unix:/path` or `inet:host:port`; empty for none.
    `overrides` are main.cf parameters that win over ours.
    """

    folder: Path
    port: int
    log: Path
    mail: Path | None = None
    sink: tuple[str, int] | None = None
    reinjection_port: int | None = None
    milter: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.mail is None) == (self.sink is None):
            raise ValueError("give either a mail folder or a sink")
        self.config = self.folder / "etc"
        self.queue = self.folder / "queue"

    # What a test or the demo does with it.

    def start(self) -> None:
        """Write the configuration, start, and return when both listeners greet.

        A master that an earlier run on this folder left behind is stopped first.
        """
        if not Path("/usr/sbin/postfix").exists():
            raise PostfixProblem("Postfix is not installed; run: make setup")
        self._prepare()
        self.stop()
        self._postfix("start")
        try:
            for port in filter(None, (self.port, self.reinjection_port)):
                _wait_for_greeting(port, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the master of this folder, if one runs, and wait until it is gone.

        Postfix finds it by the lock on its own `pid/master.pid`, so no other process can be hit.
        """
        if not self.queue.joinpath("pid").exists() or not self.running():
            return
        self._postfix("stop")
        deadline = time.monotonic() + STOP_SECONDS
        while self.running():
            if time.monotonic() > deadline:
                self._postfix("abort")
                return
            time.sleep(0.05)

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

        Raises PostfixProblem when the command fails.
        """
        command = ["/usr/sbin/sendmail", "-C", str(self.config), "-i", "-f", sender, "--", *recipients]
        answer = subprocess.run(as_root(command), input=message, capture_output=True, check=False)
        if answer.returncode:
            raise PostfixProblem(f"sendmail: {answer.stderr.decode(errors='replace').strip()}")

    def remove(self) -> None:
        """Delete the folders that belong to Postfix's users, after `stop`; for those who made a temporary one."""
        self.stop()
        self._run("rm", "-rf", "--", str(self.folder))

    # What it is made of.

    def parameters(self) -> dict[str, str]:
        """main.cf."""
        folder = self.folder
        result = {
            "compatibility_level": "3.6",
            "queue_directory": str(self.queue),
            "data_directory": str(folder / "data"),
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "meta_directory": "/etc/postfix",
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "multi_instance_enable": "yes",
            "multi_instance_name": "postfix-zegel",
            "maillog_file": str(self.log),
            "maillog_file_prefixes": str(self.log.parent),
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "smtp_host_lookup": "native",
            "disable_dns_lookups": "yes",
            "smtpd_peername_lookup": "no",
            "myhostname": "mail.kliniek.example",
            "myorigin": "kliniek.example",
            "mydestination": "",
            "local_recipient_maps": "",
            "alias_maps": "",
            "alias_database": "",
            "local_transport": "error:mail is delivered by virtual(8)",
            "biff": "no",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            # A gateway passes mail on as it came; adding a missing Date or completing an address is
            # the work of the server where it was submitted.
            "local_header_rewrite_clients": "",
            "smtputf8_enable": "yes",
            "message_size_limit": str(MESSAGE_LIMIT),
            "mailbox_size_limit": "0",
            "virtual_mailbox_limit": "0",
            # A deferred mail is tried again while somebody is looking.
            "queue_run_delay": "5s",
            "minimal_backoff_time": "5s",
            "maximal_backoff_time": "30s",
        }
        result |= self._delivery()
        if self.milter:
            result |= {
                "smtpd_milters": self.milter,
                "non_smtpd_milters": self.milter,
                "milter_protocol": "6",
                "milter_default_action": "tempfail",
                "milter_connect_timeout": "10s",
                "milter_command_timeout": "60s",
                "milter_content_timeout": "300s",
            }
        return result | dict(self.overrides)

    def _delivery(self) -> dict[str, str]:
        if self.sink:
            host, port = self.sink
            return {"default_transport": f"smtp:[{host}]:{port}", "relay_transport": f"smtp:[{host}]:{port}"}
        uid, gid = mailbox_owner()
        return {
            "virtual_mailbox_domains": "static:all",
            "virtual_mailbox_base": str(self.mail),
            "virtual_mailbox_maps": f"sqlite:{self.config}/mailboxes.cf",
            "virtual_uid_maps": f"static:{uid}",
            "virtual_gid_maps": f"static:{gid}",
        }

    def services(self) -> str:
        """master.cf: only what this instance needs, none of it chrooted."""
        lines = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        if self.reinjection_port:
            lines += [
                f"127.0.0.1:{self.reinjection_port} inet n - n - - smtpd",
                "  -o syslog_name=postfix-zegel/reinject",
                "  -o smtpd_milters=",
                "  -o receive_override_options=no_milters",
            ]
        lines += _SERVICES.strip().splitlines()
        return "\n".join(lines) + "\n"

    def _prepare(self) -> None:
        self.config.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.config.chmod(0o755)
        main = "".join(f"{name} = {value}\n" for name, value in self.parameters().items())
        self.config.joinpath("main.cf").write_text(main, encoding="utf-8")
        self.config.joinpath("master.cf").write_text(self.services(), encoding="utf-8")
        if not self.queue.exists():
            self._run("install", "-d", "-o", "root", "-m", "755", str(self.queue))
        if self.mail is not None:
            self._write_mailbox_map()
            self.mail.mkdir(mode=0o700, exist_ok=True)
            os.chown(self.mail, *mailbox_owner())

    def _write_mailbox_map(self) -> None:
        """A lookup that turns any address into its folder.

        virtual(8) refuses `$1` in regexp tables, so that a sender cannot choose a path; here SQL
        makes the name, without a slash or a `..` from outside.
        """
        database = self.config / "mailboxes.sqlite"
        with sqlite3.connect(database) as connection:
            connection.execute("VACUUM")  # an empty database, but a valid one
        query = "SELECT replace(replace(lower('%s'), '/', '_'), '..', '_') || '/'"
        table = f"dbpath = {database}\nquery = {query}\n"
        self.config.joinpath("mailboxes.cf").write_text(table, encoding="utf-8")

    def _postfix(self, *words: str) -> None:
        answer = self._run("/usr/sbin/postfix", "-c", str(self.config), *words)
        if answer.returncode:
            said = f"{answer.stdout}{answer.stderr}".strip() or _tail(self.log)
            raise PostfixProblem(f"postfix {words[0]} failed: {said}")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            as_root(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )


def group_of_postfix() -> int:
    """The group id that Postfix's processes have.

    Raises PostfixProblem when there is no such group.
    """
    try:
        return grp.getgrnam("postfix").gr_gid
    except KeyError:
        raise PostfixProblem("there is no group postfix; run: make setup") from None


def _wait_for_greeting(port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                if connection.recv(3) == b"220":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise PostfixProblem(f"Postfix does not answer on port {port}:\n{_tail(log)}")


def _tail(log: Path, lines: int = 8) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return f"nothing in {log}"


_SERVICES: Final = """
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
