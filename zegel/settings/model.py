"""zegel.yaml as frozen objects: each setting stands here once, with its default and its meaning."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from zegel.i18n.languages import DomainPattern
from zegel.mail.envelope import domain_of, is_plain, is_surely_inside
from zegel.postfix_listener import PUBLIC, Listener
from zegel.settings.console import Console
from zegel.settings.direct_delivery import DirectDelivery
from zegel.settings.fields import Domain, FilePath, Listed
from zegel.settings.notices import Notices
from zegel.settings.organisation import Organisation
from zegel.settings.replies import Replies
from zegel.settings.sms import Phones, Sms
from zegel.settings.storage import MASTER_KEY, SEALING_KEY, Storage, credential
from zegel.settings.watching import Logs, Metrics
from zegel.settings.writing import Write
from zegel.yamlfile import FileProblems, Strict, load

DEFAULT_PATH = Path("/etc/zegel/zegel.yaml")
"""The names of the keys as systemd brings them. Who only seals has the second."""


class Milter(Strict):
    """The process that Postfix hands the mail to."""

    socket: Annotated[str, Field(pattern=r"^(unix:/.+|inet6?:\d+(@\S+)?)$")] = (
        "unix:/var/spool/postfix/zegel/milter.sock"
    )
    """Where Postfix connects: unix:/path (fast) or inet:port@host (slower by 45 ms a message)."""
    socket_mode: Annotated[str, Field(pattern=r"^0?[0-7]{3}$")] = "0660"
    """Mode of the unix socket; Postfix's user has to be able to write it."""
    processes: Annotated[int, Field(ge=1, le=64)] | None = None
    """Processes that take mail; as many as there are cores, at most 4, when empty."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes that read documents, for all that take mail together."""

    @property
    def process_count(self) -> int:
        """Processes that take mail."""
        return self.processes or min(4, len(os.sched_getaffinity(0)))


class Submission(Strict):
    """Where the courier hands its mails to Postfix: a listener without the Zegel milter."""

    socket: FilePath | None = PUBLIC / "zegel-submit"
    """The re-injection listener; where there is no such socket, or none is given, host and port are used."""
    host: str = "127.0.0.1"
    """Host of the re-injection listener, when it is a port."""
    port: Annotated[int, Field(ge=1, le=65535)] = 10026
    """Its port."""
    connections: Annotated[int, Field(ge=1, le=32)] = 4
    """Mails submitted at the same time."""

    @property
    def listener(self) -> Listener:
        return Listener(self.host, self.port, self.socket)


class Portal(Strict):
    """The web pages of the recipients."""

    url: str
    """Public address, as recipients see it: https://safe.clinic.example"""
    host: str = "127.0.0.1"
    """Address to listen on, behind a web server that speaks TLS."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Port to listen on."""
    threads: Annotated[int, Field(ge=2, le=64)] = 8
    """Requests answered at the same time."""
    office_previews: bool = True
    """Whether office files are shown as pages, where LibreOffice is installed and the kernel can wall it in."""
    show_subject: bool = False
    """Show the subject before the message is unlocked."""
    passkeys: bool = True
    """Let recipients open with a fingerprint, face or PIN after the first time; needs HTTPS, or localhost."""
    remember_days: Annotated[int, Field(ge=0, le=30)] = 0
    """Days that a recipient may have a device remembered, which then needs no password or code; 0 is never."""

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"'{url}' is not the address of a portal; write https://safe.clinic.example")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(f"'{url}' is not encrypted; use https:// (http:// is for this machine only)")
        return url.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether cookies can be limited to HTTPS."""
        return self.url.startswith("https://")


class Limits(Strict):
    """What is refused or given up, so that one message cannot stop the rest."""

    message_size: Annotated[int, Field(ge=1_000_000)] = 100_000_000
    """Largest outgoing message in bytes; a larger one is refused for good (Postfix's own limit comes first)."""
    seconds: Annotated[float, Field(gt=0, le=200)] = 20
    """Time to read the documents in one message."""
    unpacked: Annotated[int, Field(ge=1_000_000)] = 100_000_000
    """Bytes that the documents of one message may unpack to."""
    depth: Annotated[int, Field(ge=1, le=64)] = 8
    """How deep documents, archives and mails are opened inside each other."""
    members: Annotated[int, Field(ge=10)] = 5_000
    """Members of all archives in one message."""
    worker_memory: Annotated[int, Field(ge=100_000_000)] = 512_000_000
    """Memory in bytes that a process that reads documents may take."""


class Retention(Strict):
    """How long things are kept."""

    days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days that a message can be opened; then its key is destroyed."""
    most_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days after which it ends, however often its sender extends it."""


class Settings(Strict):
    """The whole of zegel.yaml."""

    organisation: Organisation
    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    """The organisation's own mail domains, each subdomain by itself; every other domain is outside."""
    sender_domains: tuple[DomainPattern, ...] = ()
    """Domains whose senders count as yours and whose people are outside: what Postfix turns into `domains` later."""
    forwarders: tuple[Listed, ...] = ()
    """Addresses in `domains` whose mail goes on to somebody outside: whoever writes to them writes outside."""
    rules: FilePath = Path("/etc/zegel/rules.yaml")
    """The policy of the data-protection officer."""
    milter: Milter = Milter()
    submission: Submission = Submission()
    portal: Portal
    storage: Storage = Storage()
    limits: Limits = Limits()
    retention: Retention = Retention()
    phones: Phones = Phones()
    sms: Sms = Sms()
    notices: Notices = Notices()
    replies: Replies = Replies()
    write: Write = Write()
    direct_delivery: DirectDelivery = DirectDelivery()
    metrics: Metrics = Metrics()
    logs: Logs = Logs()
    console: Console = Console()

    @property
    def sms_alarm(self) -> str:
        """Who hears that SMS run out."""
        return self.sms.alarm or f"postmaster@{self.domains[0]}"

    @property
    def postmaster(self) -> str:
        """Who is told and asked about mail that nobody of `domains` sends, always in one of them."""
        return self.notices.postmaster or f"postmaster@{self.domains[0]}"

    @property
    def reply_address(self) -> str:
        """The address that replies come from, always in one of `domains`."""
        own = self.replies.address or self.own_address
        domain = domain_of(own)
        return f"{own.rpartition('@')[0]}@{domain}" if domain in self.domains else f"no-reply@{self.domains[0]}"

    @property
    def own_address(self) -> str:
        """The address that Zegel's own mails come from."""
        return self.organisation.address or f"no-reply@{self.domains[0]}"


def settings_path(given: str | None = None) -> Path:
    """The settings file: what was given, else ZEGEL_CONFIG, else /etc/zegel/zegel.yaml."""
    return Path(given or os.environ.get("ZEGEL_CONFIG") or DEFAULT_PATH)


def load_settings(path: Path, key: str = MASTER_KEY) -> Settings:
    """The settings in `path`, checked together with the file of the key that is needed.

    Raises FileProblems with every mistake at its line.
    """
    settings, marks = load(path, Settings)
    host = urlsplit(settings.portal.url).hostname or ""
    problems = [marks.problem(("sms", "text", *at), text) for *at, text in settings.sms.wording_problems(host)]
    written = settings.replies.address
    if written and domain_of(written) not in settings.domains:
        text = f"'{written}' is in none of your domains, and what cannot be delivered comes back to it; take another"
        problems.append(marks.problem(("replies", "address"), text))
    written = settings.notices.postmaster
    if written and domain_of(written) not in settings.domains:
        text = f"'{written}' is in none of your domains, and it gets links to pages of senders; take one that is"
        problems.append(marks.problem(("notices", "postmaster"), text))
    for number, published in enumerate(settings.write.addresses):
        if not (is_plain(published.address) and is_surely_inside(published.address, settings.domains)):
            text = f"'{published.address}' is in none of your domains; publish an address that is"
            problems.append(marks.problem(("write", "addresses", number, "address"), text))
    problem = key_file_problem(settings, key)
    if problem:
        problems.append(marks.problem(("storage", "master_key"), problem))
    problem = settings.storage.password_problem()
    if problem:
        problems.append(marks.problem(("storage", "database_password"), problem))
    if problems:
        raise FileProblems(problems)
    return settings


def master_key_path(settings: Settings) -> Path:
    """The file with the master key: systemd's credential when the unit has one, else the setting."""
    return _key_path(settings, MASTER_KEY)


def sealing_key_path(settings: Settings) -> Path:
    """The file with what the milter has in place of the master key: the credential, else the setting's neighbour."""
    return _key_path(settings, SEALING_KEY)


def _key_path(settings: Settings, name: str) -> Path:
    kept = settings.storage
    return credential(name) or (kept.master_key if name == MASTER_KEY else kept.sealing_key)


def key_file_problem(settings: Settings, name: str = MASTER_KEY) -> str | None:
    """What is wrong with the file of a key, or None."""
    path, called = _key_path(settings, name), name.replace(".", " ")
    make = f"make one with: zegel key new {path}" if name == MASTER_KEY else "make it, as root, with: zegel key sealing"
    try:
        mode = path.stat().st_mode
        content = path.read_bytes().strip()
    except OSError as error:
        return f"the {called} {path} cannot be read: {error.strerror}; {make}"
    if mode & 0o077 and not credential(name):  # systemd guards its credentials by other means than the mode
        return f"the {called} {path} can be read by others (mode {mode & 0o777:04o}); run: chmod 0400 {path}"
    if not re.fullmatch(rb"[0-9a-f]{64}", content):
        return f"the {called} {path} is not 64 hexadecimal digits; {make.replace(str(path), 'FILE')}"
    return None
