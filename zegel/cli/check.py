"""`zegel check`: whether settings, rules, key, database, sockets and Postfix are in order."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from zegel.cli.check_senders import sender_warnings
from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings, Storage
from zegel.settings.replies import Replies
from zegel.sms.gateway import GatewayUnusable
from zegel.sms.gateways import gateway_of
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.yamlfile import FileProblems

IN_A_MAIL = 1.4
"""How much larger files are in a mail: base64 in lines, and the text around them."""


class NotInOrder(Exception):
    """What is wrong, and what to do."""


@click.command()
@CONFIG_OPTION
@click.option("--postfix", "postfix_config", default=None, help="Postfix's configuration folder, if not /etc/postfix.")
def check(config: str | None, postfix_config: str | None) -> None:
    """Looks at everything that Zegel needs; exit status 1 when something is not in order. Warnings change no status."""
    settings = settings_or_exit(config)
    print("ok      settings and master key")
    checks: list[tuple[str, Callable[[], str]]] = [
        ("rules", lambda: _rules(settings)),
        ("SMS", lambda: _sms(settings)),
        ("database", lambda: _database(settings.storage.database)),
        ("key ring", lambda: _keyring(settings.storage)),
        ("milter", lambda: _milter(settings.milter.socket)),
        ("re-injection", lambda: _port(settings.submission.host, settings.submission.port, b"220")),
        ("portal", lambda: _port(settings.portal.host, settings.portal.port, b"")),
        ("Postfix", lambda: _postfix(settings.milter.socket, postfix_config)),
        ("replies", lambda: _replies(settings.replies, postfix_config)),
    ]
    failed = False
    for name, look in checks:
        try:
            print(f"ok      {name}: {look()}")
        except NotInOrder as problem:
            failed = True
            print(f"WRONG   {name}: {problem}")
    for warning in _senders(settings, postfix_config):
        print(f"warning senders: {warning}")
    sys.exit(failed)


def _rules(settings: Settings) -> str:
    try:
        load_rules(settings.rules)
    except FileProblems as problems:
        raise NotInOrder("\n        ".join(str(problem) for problem in problems.problems)) from None
    return str(settings.rules)


def _sms(settings: Settings) -> str:
    try:
        gateway_of(settings.sms)
        asked = load_rules(settings.rules).highest_level
    except GatewayUnusable as problem:
        raise NotInOrder(str(problem)) from None
    except FileProblems:
        asked = 0  # told already
    if asked > settings.sms.served:
        raise NotInOrder("the rules ask for level 2, and sms.gateway is none: such mail is protected at level 1 only")
    return f"gateway {settings.sms.gateway}"


def _database(path: Path) -> str:
    if not path.exists():
        raise NotInOrder(f"{path} is not there yet; start the services, they make it")
    if path.stat().st_mode & 0o077:
        raise NotInOrder(f"{path} can be read by others; run: chmod 0600 {path}")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
        with connection:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
            connection.execute("BEGIN IMMEDIATE")
        connection.close()
    except sqlite3.Error as error:
        raise NotInOrder(f"{path}: {error}; look at the disk and at who owns the file") from None
    if found != "ok":
        raise NotInOrder(f"{path} is damaged ({found}); take it from the backup")
    return str(path)


def _keyring(storage: Storage) -> str:
    """The ring, and whether it has the key of every message that can still be opened."""
    _database(storage.keyring)
    with closing(sqlite3.connect(storage.database)) as database, closing(sqlite3.connect(storage.keyring)) as ring:
        needed = {day for (day,) in database.execute("SELECT DISTINCT key_day FROM message WHERE NOT shredded")}
        missing = needed - {day for (day,) in ring.execute("SELECT day FROM day_key")}
    if missing:
        raise NotInOrder(f"{storage.keyring} lacks the keys of {len(missing)} days; put the right file back")
    return str(storage.keyring)


def _milter(address: str) -> str:
    kind, _, rest = address.partition(":")
    try:
        if kind == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(rest)
        else:
            port, _, host = rest.partition("@")
            socket.create_connection((host or "localhost", int(port)), timeout=5).close()
    except OSError as error:
        raise NotInOrder(f"nothing answers at {address} ({error.strerror}); start zegel-milter") from None
    return address


def _port(host: str, port: int, greeting: bytes) -> str:
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            if greeting and not connection.recv(512).startswith(greeting):
                raise NotInOrder(f"{host} port {port} is not the mail server; see docs/operations.md")
    except OSError as error:
        raise NotInOrder(f"nothing answers at {host} port {port} ({error})") from None
    return f"{host} port {port}"


def _postfix(address: str, folder: str | None) -> str:
    # -x: the script puts Zegel in as $zegel_milter, with its time-outs and default action in braces
    said = _postconf(folder, "-xh", "smtpd_milters", "milter_default_action")
    milters, _, action = said.strip("\n").partition("\n")
    socket_name = Path(address.partition(":")[2]).name
    if socket_name not in milters and address not in milters:
        raise NotInOrder("smtpd_milters does not name Zegel; run: postfix/zegel-postfix apply")
    if action.strip() != "tempfail" and "default_action=tempfail" not in milters.replace(" ", ""):
        raise NotInOrder("Postfix lets mail through when Zegel is away; run: postfix/zegel-postfix apply")
    return "hands its mail to Zegel and keeps it when Zegel is away"


def _senders(settings: Settings, folder: str | None) -> list[str]:
    try:
        return list(sender_warnings(settings, lambda *words: _postconf(folder, *words)))
    except NotInOrder:
        return []  # told already


def _replies(replies: Replies, folder: str | None) -> str:
    """Whether Postfix takes replies as large as they may be, and lets their reports come back."""
    listener = _port(replies.host, replies.port, b"220")
    limit = int(_postconf(folder, "-xh", "message_size_limit"))
    needed = int(replies.size * IN_A_MAIL)
    if 0 < limit < needed:
        raise NotInOrder(
            f"Postfix takes mails up to {limit} bytes, and a reply may have {replies.size}: set message_size_limit to "
            f"{needed} or more in main.cf, or replies.size to {int(limit / IN_A_MAIL)} or less"
        )
    if "zegel-bounces" not in _postconf(folder, "-P", "bounce/unix/*"):
        raise NotInOrder("reports about replies do not come back to Zegel; run: postfix/zegel-postfix apply")
    return f"{listener}, up to {replies.size} bytes"


def _postconf(folder: str | None, *words: str) -> str:
    command = shutil.which("postconf") or shutil.which("postconf", path="/usr/sbin")
    if command is None:
        raise NotInOrder("postconf is not there; install Postfix")
    whole = [command, *(["-c", folder] if folder else []), *words]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)  # noqa: S603 (fixed command)
    if done.returncode:
        raise NotInOrder(f"postconf says: {done.stderr.strip()}")
    return done.stdout
