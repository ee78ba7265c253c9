"""Whether a folder and ports will do, found out before anything is started."""

from __future__ import annotations

import os
import pwd
import random
import socket
import stat
from pathlib import Path
from typing import Final

from demo.private_postfix import PostfixError
from demo.processes import StartError

LONGEST_SOCKET: Final = 107
"""Bytes in the path of a unix socket on Linux, without the closing zero."""


PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to outgoing connections; tests that run side by side take a part each."""
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that are free now, and that nobody was given before."""
    found: list[int] = []
    while len(found) < count:
        if len(_given) > len(PORTS) // 2:
            _given.clear()
        port = random.choice(PORTS)  # noqa: S311 - not a secret
        if port not in _given and _is_free(port):
            _given.add(port)
            found.append(port)
    return found


def check_port(port: int) -> None:
    """Raises StartError when something listens on 127.0.0.1:`port`."""
    if not _is_free(port):
        raise StartError(
            f"port {port} on 127.0.0.1 is in use; stop what uses it, or choose another port "
            "(SMTP_PORT, PORTAL_PORT, INBOX_PORT, CONSOLE_PORT)"
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def check_folder(data: Path, longest_socket: Path) -> None:
    """Make `data`, and raise StartError when Postfix or we could not work in it."""
    if len(os.fsencode(longest_socket)) > LONGEST_SOCKET:
        raise StartError(f"the path {data} is too long for a unix socket; set a shorter DATA")
    _check_reachable(data)  # before anything is made
    try:
        data.mkdir(parents=True, exist_ok=True)
        owner = data.stat().st_uid
        used = any(data.iterdir()) and not data.joinpath("demo.lock").exists()
    except OSError as error:
        raise StartError(f"{data} cannot be used: {error.strerror}; set another DATA") from None
    if owner != os.getuid():
        raise StartError(f"{data} belongs to somebody else; set another DATA")
    if used:
        raise StartError(f"{data} holds other files; set DATA to a new or empty folder")
    data.chmod(0o755)
    _check_reachable(data)


def _check_reachable(data: Path) -> None:
    """Raises StartError when a folder above `data` keeps Postfix out."""
    try:
        user = pwd.getpwnam("postfix")
    except KeyError:
        raise PostfixError("there is no user postfix; run: make setup") from None
    groups = os.getgrouplist("postfix", user.pw_gid)
    for folder in data.resolve().parents:
        if folder.exists() and not _searchable(folder.stat(), user.pw_uid, groups):
            raise StartError(
                f"the folder {folder} is closed to Postfix; set DATA to a place that it can reach, "
                f"such as DATA=/var/tmp/{data.name}"
            )


def _searchable(folder: os.stat_result, uid: int, groups: list[int]) -> bool:
    if folder.st_uid == uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid in groups:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
