"""`python -m demo`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import getpass
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from demo.inbox import Inbox
from demo.month import make_up
from demo.place import check_port, free_ports
from demo.private_postfix import PostfixError
from demo.processes import StartError
from demo.samples import samples, send
from demo.stack import ADMINISTRATOR, OFFICER, Ports, Stack
from zegel.policy.language.load import load_rules
from zegel.yamlfile import FileProblems

TRY = """
What to try
  1  Open {inbox} : every mailbox of this demo. Jan got his mail as it was sent; Fatima and the
     insurer got a notification.
  2  Open Fatima's notification, follow its button, press "send my password", and look in her mailbox again.
  3  Anna's mail to Pieter waits for his mobile number: open the request in her mailbox, give one (06 12 34 59 54),
     and follow Pieter's notification. His SMS appear on the same page as the mailboxes.
  4  Send a mail of your own from somebody@kliniek.example to anybody elsewhere:
       printf 'Subject: test\\n\\nBSN 111222333\\n' | curl -s smtp://127.0.0.1:{smtp} \\
         --mail-from anna.dewit@kliniek.example --mail-rcpt jan.jansen@post.example -T -
  5  Sign in at {console} as {officer} (who wrote to whom, and why) or {administrator} (the server):
     the password is in that mailbox.
  6  Write to the clinic first at {portal}/write, as anybody elsewhere; it arrives at receptie@kliniek.example.
  7  Change {data}/rules.yaml, and send again.
  Logs are in {data}/log. Ctrl-C stops everything.
"""


@dataclass(frozen=True)
class Wishes:
    """What the environment asks for."""

    smtp: int
    portal: int
    inbox: int
    console: int
    data: Path
    samples: bool

    @classmethod
    def from_environment(cls) -> Wishes:
        """Raises StartError for a value that is no port."""
        user = getpass.getuser()
        default = "/var/tmp/zegel-demo" if user == "root" else f"/var/tmp/zegel-demo-{user}"  # noqa: S108
        return cls(
            smtp=_port("SMTP_PORT", 2525),
            portal=_port("PORTAL_PORT", 8080),
            inbox=_port("INBOX_PORT", 8025),
            console=_port("CONSOLE_PORT", _free_or(8081)),
            data=Path(os.environ.get("DATA") or default).expanduser().absolute(),
            samples=os.environ.get("AUTO", "1") != "0",
        )


def _port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise StartError(f"{name}={value} is not a port; give a number from 1 to 65535")
    return int(value)


def _free_or(port: int) -> int:
    """`port`, or another one where somebody listens there: who did not ask for the console is not to fail by it."""
    try:
        check_port(port)
    except StartError:
        return free_ports(1)[0]
    return port


def run(wishes: Wishes) -> NoReturn:
    """Start, say so, and keep everything running until a signal ends it."""
    check_port(wishes.inbox)
    taken = (wishes.smtp, wishes.portal, wishes.inbox, wishes.console)
    reinjection = next(port for port in free_ports(5) if port not in taken)
    stack = Stack(wishes.data, Ports(wishes.smtp, wishes.portal, reinjection, console=wishes.console))
    _check_rules(wishes.data / "rules.yaml")
    with stack, Inbox(stack.mail, stack.data / "sms", wishes.inbox) as inbox:
        if wishes.samples:
            make_up(stack.config)
            _send_samples(wishes.smtp)
        print(
            f"demo ready: smtp=127.0.0.1:{wishes.smtp} portal={stack.portal_url} inbox={inbox.url} data={wishes.data}\n"
            f"console ready: {stack.console_url} officer={OFFICER} administrator={ADMINISTRATOR}",
            flush=True,
        )
        places = {
            "inbox": inbox.url,
            "portal": stack.portal_url,
            "smtp": wishes.smtp,
            "console": stack.console_url,
            "data": wishes.data,
        }
        print(TRY.format(**places, officer=OFFICER, administrator=ADMINISTRATOR), flush=True)
        while True:
            time.sleep(1)
            for name, said in stack.revive():
                print(f"{name} ended and was started again; its log ended with:\n{said}", file=sys.stderr, flush=True)


def _check_rules(path: Path) -> None:
    """Raises StartError: Zegel would go on with the rules of before, and who tries something out has to see why."""
    try:
        if path.exists():
            load_rules(path)
    except FileProblems as problems:
        raise StartError(str(problems)) from None


def _send_samples(port: int) -> None:
    try:
        send(samples(), port)
    except (OSError, smtplib.SMTPException) as error:
        print(f"the sample mails were not accepted: {error}", file=sys.stderr, flush=True)


class _Ended(SystemExit):
    """A signal asked us to stop; leaving all `with` blocks stops the rest."""


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """One Ctrl-C, SIGTERM or closed terminal stops in order; more of them cannot cut that short."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(*_: object) -> NoReturn:
        for number in wanted:
            signal.signal(number, signal.SIG_IGN)
        with suppress(OSError):  # of a terminal that is closed
            os.write(1, b"stopping\n")  # not print: the signal may have come in the middle of one
        raise _Ended(0)

    for number in wanted:
        signal.signal(number, stop)
    yield


def main() -> int:
    """The exit code: 0 after a signal, 1 when it could not start."""
    try:
        with _stopping_on_signals():
            run(Wishes.from_environment())
    except _Ended:
        return 0
    except (StartError, PostfixError) as error:
        print(f"demo: {error}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"demo: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
