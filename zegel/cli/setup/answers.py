"""The five questions of `zegel setup`, asked or read from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import click
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from zegel.i18n.languages import LANGUAGES, Language
from zegel.mail.domains import ascii_domain
from zegel.settings.fields import Domain, FilePath, MailAddress
from zegel.settings.model import Portal
from zegel.settings.sms import Sms
from zegel.yamlfile import Strict, load

WebServer = Literal["auto", "nginx", "apache", "none"]
GATEWAYS = ("none", "kannel", "gammu", "folder", "as it is")


class Answers(Strict):
    """A file of answers; each key as in zegel.yaml, and the rest may be left out."""

    organisation: Annotated[str, Field(min_length=1, max_length=80)]
    """The name as recipients know it."""
    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    """The organisation's own mail domains."""
    portal: str
    """The public address of the pages, https://safe.clinic.example"""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """Those that are offered, the first one where nothing else is known."""
    sms: Sms | None = None
    """The section `sms` of zegel.yaml; what is there stays when it is left out."""
    web_server: WebServer = "auto"
    """Which web server gets a site; the one that is installed by default."""
    certificate: FilePath | None = None
    """Its certificate with the chain, in PEM; that of certbot by default."""
    certificate_key: FilePath | None = None
    """The key of that."""
    signer: str = ""
    """The milters of Postfix that sign (DKIM), as `zegel-postfix --signer` takes them."""
    test_to: MailAddress = ""
    """Where the test mail goes: an address outside `domains` that you can read."""

    @field_validator("organisation")
    @classmethod
    def _on_one_line(cls, name: str) -> str:
        if not name.strip() or not name.isprintable():
            raise ValueError("the name has to be on one line, without control characters")
        return name.strip()

    @field_validator("domains")
    @classmethod
    def _once(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(domains))

    @field_validator("portal")
    @classmethod
    def _an_address(cls, url: str) -> str:
        try:
            taken = Portal(url=url.strip()).url
            parts = urlsplit(taken)
            host, _ = parts.hostname or "", parts.port  # which raises ValueError when it is no number
        except ValidationError as error:
            raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None
        if not host.isascii():
            raise ValueError(f"'{url}': write the name as the DNS has it, https://{ascii_domain(host)}")
        if parts.path or parts.username or not all(sign.isalnum() or sign in ".-:" for sign in host):
            raise ValueError(f"'{url}' has to be a name alone; write https://safe.clinic.example")
        return taken

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[Language, ...]) -> tuple[Language, ...]:
        return tuple(dict.fromkeys(languages))

    @model_validator(mode="after")
    def _belong_together(self) -> Answers:
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key go together; give both or none")
        if self.test_to and self.test_to.rpartition("@")[2].lower() in self.domains:
            raise ValueError(f"test_to: {self.test_to} is inside your domains; give an address outside")
        host = urlsplit(self.portal).hostname or ""
        problem = next(self.sms.wording_problems(host), None) if self.sms else None
        if problem:
            raise ValueError(f"sms.text.{problem[0]}: {problem[1]}")
        return self

    @property
    def host(self) -> str:
        """The name of the portal, without port."""
        return urlsplit(self.portal).hostname or ""

    def with_options(self, web_server: WebServer | None, certificate: Path | None, key: Path | None) -> Answers:
        """The same with what the command line says. Raises ValueError."""
        if (certificate is None) != (key is None):
            raise ValueError("--certificate and --certificate-key go together; give both or none")
        given = {"web_server": web_server, "certificate": certificate, "certificate_key": key}
        return self.model_copy(update={name: value for name, value in given.items() if value is not None})

    def settings(self) -> dict[tuple[str, ...], Any]:
        """What they are in zegel.yaml."""
        values: dict[tuple[str, ...], Any] = {
            ("organisation", "name"): self.organisation,
            ("organisation", "languages"): list(self.languages),
            ("domains",): list(self.domains),
            ("portal", "url"): self.portal,
        }
        sms = self.sms.model_dump(mode="json", exclude_unset=True) if self.sms else {}
        return values | {("sms", key): value for key, value in sms.items()}


def read_answers(path: Path) -> Answers:
    """Raises FileProblems with every mistake at its line."""
    return load(path, Answers)[0]


def ask(current: dict[str, Any], domain: str) -> Answers:
    """Asks on the terminal; what is in zegel.yaml already is the default. Each answer is checked at once."""
    print("Five questions. Enter takes what is in brackets.\n")
    answers: dict[str, Any] = {}
    before = current.get("organisation") or {}
    own = current.get("domains") or ([domain] if domain else [])
    _one(answers, "organisation", "1. The organisation, as recipients know it", before.get("name"), str)
    _one(answers, "domains", "2. Your mail domains, with blanks between them", " ".join(own) or None, _words)
    portal = (current.get("portal") or {}).get("url") or f"https://safe.{answers['domains'][0]}"
    _one(answers, "portal", "3. The address of the recipients' pages", portal, str)
    languages = " ".join(before.get("languages") or ("nl", "en"))
    _one(answers, "languages", f"4. Languages, of {' '.join(LANGUAGES)}, the usual one first", languages, _words)
    _ask_sms(answers, current.get("sms") or {})
    return Answers(**answers)


def _ask_sms(answers: dict[str, Any], before: dict[str, Any]) -> None:
    now = before.get("gateway", "none")
    choices = click.Choice([each for each in GATEWAYS if each != "as it is" or before])
    print("   none: level 2 is opened with a password, as level 1. Other providers: docs/sms.md, then zegel.yaml.")
    default = "as it is" if before else "none"
    chosen = click.prompt(f"5. SMS for codes (now: {now})", default=default, type=choices)
    if chosen == "kannel":
        user = click.prompt("   user of Kannel's sendsms", type=str)
        file = click.prompt("   file with its password", type=click.Path(exists=True, dir_okay=False, path_type=Path))
        answers["sms"] = {"gateway": "kannel", "kannel": {"user": user, "password_file": str(file.resolve())}}
    elif chosen not in ("as it is", now):
        answers["sms"] = {"gateway": chosen}


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _one(answers: dict[str, Any], name: str, question: str, default: str | None, made: Callable[[str], Any]) -> None:
    """Asks until the answer is one that Answers would take."""
    while True:
        value = made(click.prompt(question, default=default, type=str))
        try:
            _check(name, value)
        except ValueError as problem:
            print(f"   {problem}")
            continue
        answers[name] = value
        return


def _check(name: str, value: Any) -> None:
    """Raises ValueError with what is wrong about one answer."""
    fixed = {"organisation": "x", "domains": ["x.example"], "portal": "https://x.example", "languages": ["en"]}
    try:
        TypeAdapter(Answers).validate_python(fixed | {name: value})
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(str(first.get("ctx", {}).get("error") or first["msg"])) from None
