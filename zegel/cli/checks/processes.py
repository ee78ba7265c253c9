"""Whether milter, courier, portal and console run and answer, asked in the way that those ask who need them."""

from __future__ import annotations

import fcntl
import grp
import http.client
import os
import pwd
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from zegel.cli.checks.finding import Said, State
from zegel.settings.console import Console
from zegel.settings.model import Portal

SECONDS = 4.0
"""How long an answer may take."""
_OPTIONS = struct.pack("!IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF)
"""The first packet of the milter protocol: version, actions and steps that the mail server offers."""
STILL = 300.0
"""Seconds without a sign of the courier, which gives one each minute."""
_CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(4)
    try:
        connection.connect(sys.argv[1])
    except OSError as error:
        sys.exit(f"{error.strerror}")
"""


def milter(address: str, mail_owner: str) -> Iterator[Said]:
    """Speaks the milter protocol, and tries whether Postfix's own account gets that far."""
    kind, _, rest = address.partition(":")
    try:
        with _connected(kind, rest) as connection:
            connection.sendall(_OPTIONS)
            answer = connection.recv(5)
    except OSError as error:
        yield "critical", f"nothing answers at {address} ({error.strerror or error}); start zegel-milter"
        return
    if answer[4:5] != b"O":
        yield "critical", f"what answers at {address} is no milter; see what else listens there"
        return
    refused = _refuses(mail_owner, rest) if kind == "unix" and os.geteuid() == 0 else ""
    if refused:
        yield (
            "critical",
            f"Postfix's account {mail_owner} cannot connect to {rest} ({refused}); see owner, group and mode of the "
            "socket and of each folder above it, and systemd-tmpfiles --create zegel.conf",
        )
    else:
        yield "ok", address


def courier(lock: Path, sign: float, now: float) -> Iterator[Said]:
    """The courier listens nowhere: it holds a lock, and notes the time each minute (`sign`; 0 for never)."""
    if not _is_locked(lock):
        yield "critical", "it does not run, so nothing is sent and nothing expires; start zegel-courier"
        return
    if sign and now - sign > STILL:
        minutes = (now - sign) / 60
        yield "critical", f"it runs, and gave no sign for {minutes:.0f} minutes; see: journalctl -u zegel-courier"
    else:
        yield "ok", "it runs"


def courier_cannot_reach(lock: Path, path: Path) -> str:
    """Why the courier that runs cannot connect to a socket; "" when it can, or when that cannot be tried."""
    try:
        number = int(lock.read_text(encoding="ascii"))
        lines = Path(f"/proc/{number}/status").read_text(encoding="utf-8").splitlines()
        ids = {name: [int(each) for each in rest.split()] for name, _, rest in (x.partition(":") for x in lines)
               if name in ("Uid", "Gid", "Groups")}  # fmt: skip
    except (OSError, ValueError):
        return ""
    if os.geteuid() != 0 or not _is_locked(lock) or ids["Uid"][1] == 0:
        return ""
    return _refusal(ids["Uid"][1], ids["Gid"][1], ids["Groups"], str(path))


def portal(settings: Portal) -> Iterator[Said]:
    """Asks for a page, as the web server in front does."""
    yield from _site(settings, "zegel-portal", "critical")


def console(settings: Console) -> Iterator[Said]:
    """The same for the console, where somebody may sign in to it. No mail waits for it."""
    if settings.in_use:
        yield from _site(settings, "zegel-console", "warning")


def _site(settings: Portal | Console, unit: str, when_down: State) -> Iterator[Said]:
    where = f"{settings.host} port {settings.port}"
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=SECONDS)
    try:
        connection.request("GET", "/", headers={"Host": settings.url.split("://", 1)[1]})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        yield when_down, f"nothing answers at {where} ({error}); start {unit}"
        return
    finally:
        connection.close()
    if status >= 500:
        yield when_down, f"it answers {status} at {where}; see: journalctl -u {unit}"
    else:
        yield "ok", where


def milter_account(address: str) -> int | None:
    """The user id of the process that listens at a unix socket; None when nothing does."""
    kind, _, rest = address.partition(":")
    if kind != "unix":
        return None
    try:
        with _connected(kind, rest) as connection:
            _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError:
        return None
    return int(uid)


def _connected(kind: str, rest: str) -> socket.socket:
    if kind == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        try:
            connection.connect(rest)
        except OSError:
            connection.close()
            raise
        return connection
    port, _, host = rest.partition("@")
    return socket.create_connection((host or "localhost", int(port)), timeout=SECONDS)


def _refuses(account: str, path: str) -> str:
    """Why the account cannot connect; "" when it can, or when that cannot be tried."""
    try:
        user = pwd.getpwnam(account)
    except KeyError:
        return ""
    groups = [each.gr_gid for each in grp.getgrall() if account in each.gr_mem]
    return _refusal(user.pw_uid, user.pw_gid, groups, path)


def _refusal(user: int, group: int, groups: list[int], path: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (fixed command)
            [_python(), "-I", "-c", _CONNECT, path],
            user=user, group=group, extra_groups=groups, cwd="/", capture_output=True, text=True,
            timeout=2 * SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stderr.strip() if done.returncode == 1 else ""


def _python() -> str:
    """One that the account can run: that of the virtual environment may be in somebody's home."""
    return "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the lock; ours is let go at once, and the courier tries for longer than that."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
