"""Postfix, milter, courier, portal and console, started for real in one folder.

The demo, the end-to-end tests and the bench all start the parts here, so that they see the same thing.

    DATA/zegel.yaml rules.yaml master.key    settings, written at each start
    DATA/zegel.db keyring.db spool/          Zegel's own
    DATA/run/milter.sock                     closed to everybody but us and Postfix
    DATA/log/*.log                           one per process; mail.log is Postfix's
    DATA/mail/<address>/                     Maildirs
    DATA/sms/<E.164>/                        SMS, a file each
    DATA/postfix/                            Postfix's configuration and queue
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import yaml

from demo.answering import milter_answers, site_answers
from demo.place import check_folder, check_port, free_ports
from demo.private_postfix import PrivatePostfix, as_root, group_of_postfix
from demo.processes import Service, StartError
from zegel.postfix_listener import Listener

CHECKOUT: Final = Path(__file__).resolve().parent.parent
COMMANDS: Final = Path(sys.executable).parent
OWN_DOMAIN: Final = "kliniek.example"
OFFICER: Final = f"fg@{OWN_DOMAIN}"
ADMINISTRATOR: Final = f"ict@{OWN_DOMAIN}"
DESK: Final = f"receptie@{OWN_DOMAIN}"
"""Who is written to first."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on 127.0.0.1; the two for the courier only when we are not root."""

    smtp: int
    portal: int
    reinjection: int
    direct: int = 0
    map: int = 0
    """The listener for direct delivery and where it asks the courier; 0 for neither."""
    console: int = 0
    """The console; 0 for none."""

    @classmethod
    def free(cls) -> Ports:
        """Three that nothing listens on now."""
        return cls(*free_ports(3))


@dataclass(frozen=True)
class Options:
    """What differs from the demo; the bench and single tests need it."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values that go over those of zegel.yaml, by section, or in place of a list."""
    postfix: Mapping[str, str] = field(default_factory=dict)
    """main.cf parameters that go over ours."""
    sink: tuple[str, int] | None = None
    """Hand all mail to this host and port instead of delivering it to Maildirs."""
    rules: Path = CHECKOUT / "rules.yaml"


class Stack:
    """All of Zegel on one machine; also a context manager that starts and stops it.

    Raises StartError or PostfixError from `start`, after ending what did come up.
    """

    def __init__(self, data: Path, ports: Ports, options: Options | None = None) -> None:
        self.data = data.absolute()
        self.ports = ports
        self.options = options or Options()
        self.config = self.data / "zegel.yaml"
        self.log = self.data / "log"
        self.mail = self.data / "mail"
        self.socket = self.data / "run" / "milter.sock"
        self.portal_url = f"http://localhost:{ports.portal}"  # by name: browsers know no passkeys at an address
        self.postfix = PrivatePostfix(
            self.data / "postfix",
            ports.smtp,
            self.log / "mail.log",
            mail=None if self.options.sink else self.mail,
            sink=self.options.sink,
            reinjection_port=ports.reinjection,
            direct_port=ports.direct,
            map_port=ports.map,
            by_socket=os.geteuid() == 0,
            milter=f"unix:{self.socket}",
            overrides=self.options.postfix,
        )
        self.services = {
            # First: it makes ready what the milter seals with.
            "courier": self._service("courier", self._courier_answers),
            "milter": self._service("milter", lambda: milter_answers(self.socket)),
            "portal": self._service("portal", lambda: site_answers(self.ports.portal)),
        }
        if ports.console:
            self.console_url = f"http://localhost:{ports.console}"
            self.services["console"] = self._service("console", lambda: site_answers(self.ports.console))
        self._lock: IO[str] | None = None

    @property
    def reinjection(self) -> Listener:
        """Where the courier hands in its mails: a socket that no other account reaches, when we are root."""
        return Listener("127.0.0.1", self.ports.reinjection, self.postfix.socket("zegel-submit"))

    @property
    def reinjection_service(self) -> str:
        """Its name in master.cf."""
        return "zegel-submit/unix" if self.postfix.by_socket else f"127.0.0.1:{self.ports.reinjection}/inet"

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and return when each part answers.

        Whatever a killed run left behind in the same folder is ended first.
        """
        check_folder(self.data, self.data / "postfix" / "queue" / "public" / "zegel-submit-direct")
        self._take_lock()
        try:
            for service in self.services.values():
                service.end_leftover()
            self.postfix.stop()
            for port in filter(None, (self.ports.smtp, self.ports.portal, self.ports.reinjection, self.ports.console)):
                check_port(port)
            self._prepare()
            for service in self.services.values():
                service.start()
            self.postfix.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that `start` started; Postfix first, so that it offers nothing any more."""
        try:
            self.postfix.stop()
        finally:
            for service in reversed(self.services.values()):
                service.stop()
            if self._lock:
                self._lock.close()
                self._lock = None

    def kill(self, name: str) -> None:
        """SIGKILL to "milter", "courier", "portal" or "console"; it stays down until `restart`."""
        self.services[name].kill()

    def restart(self, name: str) -> None:
        """Start "milter", "courier", "portal", "console" or "postfix" anew and wait until it answers."""
        if name == "postfix":
            self.postfix.start()
        else:
            self.services[name].stop()
            self.services[name].start()

    def revive(self) -> Iterator[tuple[str, str]]:
        """Start what has ended by itself, as systemd would; the name and the end of the log of each."""
        for service in self.services.values():
            if service.ended_by_itself():
                said = service.log_tail()
                service.start()
                yield service.name, said

    # How it is made ready.

    def _service(self, name: str, answers: Callable[[], bool]) -> Service:
        return Service(
            name,
            [str(COMMANDS / f"zegel-{name}"), "--config", str(self.config)],
            log=self.log / f"{name}.log",
            pid_file=self.data / "run" / f"{name}.pid",
            answers=answers,
        )

    def _prepare(self) -> None:
        for folder in (self.log, self.data / "run", self.data / "spool"):
            folder.mkdir(exist_ok=True)
        self.log.chmod(0o755)
        self.data.joinpath("spool").chmod(0o700)
        self.socket.unlink(missing_ok=True)
        run = self.data / "run"
        subprocess.run(as_root(["chgrp", str(group_of_postfix()), str(run)]), check=True)
        subprocess.run(as_root(["chmod", "0710", str(run)]), check=True)
        self._copy_rules()
        self.config.write_text(self.settings_text(), encoding="utf-8")
        key = self.data / "master.key"
        if not key.exists():
            _zegel("key", "new", str(key))
        _zegel("key", "sealing", "--config", str(self.config))

    def _copy_rules(self) -> None:
        """The rules of the checkout, unless somebody edited the copy to try something out."""
        copy = self.data / "rules.yaml"
        source = self.options.rules
        if not copy.exists() or copy.stat().st_mtime <= source.stat().st_mtime:
            shutil.copy2(source, copy)

    def settings_text(self) -> str:
        """zegel.yaml."""
        settings: dict[str, Any] = {
            "organisation": {
                "name": "De Kliniek",
                "logo": str(CHECKOUT / "demo" / "logo.png"),
                "colour": "#0b6b61",
                "support": f"mailto:hulp@{OWN_DOMAIN}",
                "privacy": f"https://www.{OWN_DOMAIN}/privacy",
                "terms": f"https://www.{OWN_DOMAIN}/voorwaarden",
                "languages": ["nl", "en", "de", "fr"],
            },
            "domains": [OWN_DOMAIN],
            "rules": "rules.yaml",
            "milter": {"socket": f"unix:{self.socket}", "socket_mode": "0666"},
            "sms": {"gateway": "folder", "folder": "sms"},
            "submission": {"socket": _text(self.postfix.socket("zegel-submit")), "port": self.ports.reinjection},
            "replies": {"port": self.ports.smtp, "to_all": "sender"},
            "write": {"addresses": [{"address": DESK, "name": "Receptie", "text": "Vragen over uw afspraak."}]},
            "direct_delivery": {
                "socket": _text(self.postfix.socket("zegel-submit-direct")),
                "port": self.ports.direct or 10027,
                "map_port": self.ports.map or 10028,
                "log": str(self.log / "mail.log"),
            },
            "portal": {"url": self.portal_url, "port": self.ports.portal},
            "storage": {
                "database": "zegel.db",
                "keyring": "keyring.db",
                "spool": "spool",
                "master_key": "master.key",
            },
        }
        if self.ports.console:
            settings["console"] = {
                "url": self.console_url,
                "port": self.ports.console,
                "officers": [OFFICER],
                "administrators": [ADMINISTRATOR],
            }
        for section, values in self.options.settings.items():
            merged = isinstance(values, Mapping)
            settings[section] = settings.get(section, {}) | dict(values) if merged else values
        return yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)

    def _take_lock(self) -> None:
        lock = self.data.joinpath("demo.lock").open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StartError(f"a demo already runs in {self.data}; stop it, or set another DATA") from None
        self._lock = lock

    def _courier_answers(self) -> bool:
        """It listens nowhere; when it is ready it says so in its log."""
        return "sending by" in self.services["courier"].log_tail()


def _zegel(*words: str) -> None:
    made = subprocess.run([str(COMMANDS / "zegel"), *words], capture_output=True, text=True, check=False)
    if made.returncode:
        raise StartError(f"zegel {' '.join(words)}: {made.stderr.strip() or made.stdout.strip()}")


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
