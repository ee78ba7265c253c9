"""One configuration directory of Postfix, read and written with postconf(1)."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path


class PostfixError(Exception):
    """Something that the administrator has to solve; the text says what."""


class Postfix:
    """One configuration directory, read and written with postconf."""

    def __init__(self, folder: str | None) -> None:
        self._command = ["postconf", *(["-c", folder] if folder else [])]
        # A folder that was named is not asked for: right after a change Postfix 3.10 answers with its default.
        self.folder = Path(folder or self._ask("-h", "config_directory").strip()).resolve()
        if not (self.folder / "main.cf").is_file():
            raise PostfixError(f"{self.folder} has no main.cf")

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        # Debian's users do not have /usr/sbin in their PATH.
        environment = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"}
        try:
            return subprocess.run(  # noqa: S603 - no shell, and the words are ours or the administrator's
                words, env=environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise PostfixError(f"{words[0]} is not installed; it comes with Postfix") from None

    def _ask(self, *words: str) -> str:
        answer = self._run(*self._command, *words)
        if answer.returncode:
            raise PostfixError(f"postconf {words[0]}: {answer.stderr.strip()}")
        return answer.stdout

    def complaints(self) -> set[str]:
        """What postconf warns of, such as a $name that nobody defines."""
        said = "".join(self._run(*self._command, option).stderr for option in ("-nx", "-Px"))
        return {line.partition("warning: ")[2] for line in said.splitlines() if "undefined parameter" in line}

    def is_running(self) -> bool:
        return self._run("postfix", "-c", str(self.folder), "status").returncode == 0

    def reload(self) -> None:
        answer = self._run("postfix", "-c", str(self.folder), "reload")
        if answer.returncode:
            raise PostfixError(f"postfix reload: {answer.stderr.strip()}")

    def listeners(self) -> Iterator[Path | tuple[str, int]]:
        """Where smtpd listens on this machine: the first listener for others, and those for Zegel."""
        lines = [line.split() for line in self.services().values()]
        smtpd = [fields for fields in lines if fields[7] == "smtpd"]
        names = [fields[0] for fields in smtpd if fields[1] == "inet"]
        interfaces = self.effective("inet_interfaces").replace(",", " ").split()
        address = re.compile(r"[\d.]+|\[?[\da-fA-F]*:[\da-fA-F:.]+\]?")
        any_of_them = "::1" if self.effective("inet_protocols") == "ipv6" else "127.0.0.1"
        host = next((each.strip("[]") for each in interfaces if address.fullmatch(each)), any_of_them)
        plain = [name for name in names if ":" not in name]
        for name in [*plain[:1], *(name for name in names if ":" in name)]:
            where, _, port = name.rpartition(":")
            yield where.strip("[]") or host, int(port) if port.isdecimal() else socket.getservbyname(port)
        yield from (self.queue / "public" / fields[0] for fields in smtpd if fields[1:3] == ["unix", "n"])

    def parameters(self) -> dict[str, str]:
        """What main.cf sets itself, as it is written there."""
        pairs = (line.partition("=") for line in self._ask("-n").splitlines())
        return {name.strip(): value.strip() for name, _, value in pairs}

    def naming(self, text: str) -> dict[str, str]:
        """Parameters of main.cf with `text` in their values; `postconf -n` hides those that nothing uses."""
        written = re.sub(r"\n[ \t]+", " ", (self.folder / "main.cf").read_text(encoding="utf-8", errors="replace"))
        pairs = (line.partition("=") for line in written.splitlines() if not line.startswith("#"))
        return {name.strip(): value.strip() for name, _, value in pairs if text in value}

    @property
    def queue(self) -> Path:
        return Path(self.effective("queue_directory"))

    def effective(self, name: str) -> str:
        """The value in force, with its $names replaced."""
        return self._ask("-xh", name).strip()

    def set(self, parameters: Mapping[str, str | None]) -> None:
        """Values in main.cf; None takes a parameter out."""
        self._edit(parameters, "-e", "-X")

    def services(self) -> dict[str, str]:
        """master.cf: each service on one line under its `name/type`."""
        result = {}
        for line in self._ask("-M").splitlines():
            name, kind = line.split()[:2]
            result[f"{name}/{kind}"] = re.sub(r"\s+", " ", line)
        return result

    def set_services(self, lines: Mapping[str, str | None]) -> None:
        """Lines in master.cf, by `service/type`; None takes a service out."""
        self._edit(lines, "-M", "-MX")

    def set_overrides(self, options: Mapping[str, str | None]) -> None:
        """An `-o` of master.cf each, by `service/type/parameter`."""
        self._edit(options, "-P", "-PX")

    def _edit(self, values: Mapping[str, str | None], to_set: str, to_remove: str) -> None:
        # One call for all: after each change postconf waits a second before it reads the file again.
        if set_ := [f"{name}={value}" for name, value in values.items() if value is not None]:
            self._ask(to_set, *set_)
        if removed := [name for name, value in values.items() if value is None]:
            self._ask(to_remove, *removed)

    def overrides(self) -> Iterator[tuple[str, str, str]]:
        """(service, parameter, value) of every `-o` in master.cf."""
        for line in self._ask("-P").splitlines():
            where, _, value = line.partition(" = ")
            service, _, name = where.rpartition("/")
            yield service, name.removesuffix(" ="), value
