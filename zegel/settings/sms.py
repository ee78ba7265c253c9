"""The sections `phones` and `sms` of zegel.yaml: which numbers are taken, and what carries the codes to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import re2
from pydantic import AfterValidator, Field, field_validator, model_validator

from zegel.i18n.languages import LANGUAGES, ByLanguage
from zegel.i18n.sms_text import wording_problem
from zegel.i18n.spoken_code import spoken_problem
from zegel.settings.fields import FilePath, MailAddress, Region, WebAddress
from zegel.yamlfile import Strict, nearest

NAMES = ("number", "digits", "text", "sender", "reference", "report_url", "language")
"""What stands between braces in the templates of `http`, `voice` and `gammu.command`, beside the secrets."""


def _pattern(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else ""
        raise ValueError(f"not a pattern: {reason}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class Phones(Strict):
    """Which mobile numbers senders may give."""

    country: Region = "NL"
    """The country of a number that is written without one, unless the recipient's domain says otherwise."""
    allowed: Annotated[tuple[Region, ...], Field(min_length=1)] = ("NL", "BE", "DE", "FR", "LU", "GB")
    """The countries that codes are sent to; each more is a way to spend your money."""
    agreed_codes: bool = True
    """Whether a sender may agree on a code with a recipient who has no mobile number, on the page that asks for it."""


class Accepted(Strict):
    """By what an accepted SMS is known."""

    status: tuple[int, ...] = (200, 201, 202)
    """HTTP status codes."""
    body: Pattern = ""
    """A pattern that has to occur in the answer too; an answer without it counts as no answer."""


class Refused(Strict):
    """By what an SMS is known that will never be taken; everything else is tried again."""

    status: tuple[int, ...] = (400, 422)
    """HTTP status codes."""
    body: Pattern = ""
    """A pattern; when it occurs in the answer the SMS is refused, whatever the status."""


def _texts(value: Any) -> Iterator[str]:
    """Every text in a structure of lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inside in value.values():
            yield from _texts(inside)
    elif isinstance(value, (list, tuple)):
        for inside in value:
            yield from _texts(inside)


class Http(Strict):
    """A gateway that is spoken to by HTTP, described by templates. docs/sms.md has samples."""

    url: WebAddress = ""
    """Where requests go."""
    method: Literal["POST", "GET", "PUT"] = "POST"
    """How."""
    query: Mapping[str, str] = Field(default_factory=dict)
    """Fields behind the question mark of the URL."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    """Header fields beside the usual ones."""
    form: Mapping[str, str] = Field(default_factory=dict)
    """The body as a form."""
    json_body: Mapping[str, Any] = Field(default_factory=dict)
    """The body as JSON: texts in it, at any depth, are templates."""
    xml_body: str = ""
    """The body as XML."""
    user: str = ""
    """User name for Basic authentication."""
    password_file: FilePath | None = None
    """File with the password for that."""
    secrets: Mapping[str, FilePath] = Field(default_factory=dict)
    """Names for templates, each with the file that holds the value."""
    accepted: Accepted = Accepted()
    refused: Refused = Refused()

    @model_validator(mode="after")
    def _names_are_known(self) -> Http:
        known = (*NAMES, *self.secrets)
        for text in _texts([self.query, self.headers, self.form, self.json_body, self.xml_body, self.user]):
            check_names(text, known)
        if sum(map(bool, (self.form, self.json_body, self.xml_body))) > 1:
            raise ValueError("a request has one body: keep one of form, json_body and xml_body")
        if clash := set(self.secrets) & set(NAMES):
            raise ValueError(f"a secret cannot be called {clash.pop()}; that name is taken")
        return self


class Kannel(Strict):
    """Kannel's sendsms service."""

    url: WebAddress = "http://127.0.0.1:13013/cgi-bin/sendsms"
    """Where smsbox listens."""
    user: str = ""
    """Name of the sendsms-user."""
    password_file: FilePath | None = None
    """File with its password."""
    smsc: str = ""
    """The connection to use, when there are several."""


class Gammu(Strict):
    """A modem by gammu-smsd: its outbox, or a command that puts an SMS there."""

    database: FilePath | None = None
    """SMSD's SQLite database."""
    command: tuple[str, ...] = ("gammu-smsd-inject", "TEXT", "{number}", "-text", "{text}")
    """What to run when there is no database; never through a shell."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Gammu:
        for text in self.command:
            check_names(text, NAMES)
        return self


class CodeText(ByLanguage):
    """The SMS with a code; a language that is left out keeps the text below."""

    nl: str = "Uw code is {code}. Geef deze code aan niemand."
    en: str = "Your code is {code}. Give it to nobody."
    de: str = "Ihr Code ist {code}. Geben Sie ihn an niemanden weiter."
    fr: str = "Votre code est {code}. Ne le donnez à personne."


class SpokenText(ByLanguage):
    """What a call says; a language that is left out keeps the text below."""

    nl: str = "Goedendag. U vroeg om een code voor een beveiligd bericht. De code is: {code} Nog een keer: {code} Geef deze code aan niemand."  # noqa: E501
    en: str = "Hello. You asked for a code for a secure message. The code is: {code} Once more: {code} Give this code to nobody."  # noqa: E501
    de: str = "Guten Tag. Sie haben einen Code für eine sichere Nachricht angefordert. Der Code ist: {code} Noch einmal: {code} Geben Sie diesen Code an niemanden weiter."  # noqa: E501
    fr: str = "Bonjour. Vous avez demandé un code pour un message sécurisé. Le code est : {code} Je répète : {code} Ne donnez ce code à personne."  # noqa: E501


class Voice(Http):
    """A service that calls a landline and says the code, described as `sms.http` is. Off as long as `url` is empty."""

    text: SpokenText = SpokenText()
    """What is said; {code} stands for the digits, each as a word of its own, and stands there twice."""

    @field_validator("text")
    @classmethod
    def _can_be_said(cls, text: SpokenText) -> SpokenText:
        for language in LANGUAGES:
            if problem := spoken_problem(text.in_(language)):
                raise ValueError(f"{language}: {problem}")
        return text


class Sms(Strict):
    """What carries the codes of level 2."""

    gateway: Literal["none", "folder", "http", "kannel", "gammu"] = "none"
    """Which of the sections below is used. With none, level 2 is served as level 1."""
    sender: ByLanguage = ByLanguage(en="Zegel")
    """The sender that phones show: at most 11 letters and digits, or a number; not every gateway takes it."""
    text: CodeText = CodeText()
    """The SMS, one segment with the line @portal #code that Zegel adds."""
    daily_cap: Annotated[int, Field(ge=1)] = 1000
    """SMS in 24 hours, all together; at 80 % a mail goes to `alarm`."""
    alarm: MailAddress = ""
    """Who gets that mail; postmaster@ the first of `domains` when empty."""
    seconds: Annotated[float, Field(ge=1, le=120)] = 30
    """Time for one request, from first byte to last."""
    repeats: bool = False
    """Whether the gateway sends a reference that it knows only once: then a request without answer is repeated."""
    report_url: WebAddress = ""
    """Where the gateway sends delivery reports; `portal.url`/sms-report when empty."""
    folder: FilePath = Path("/var/lib/zegel/sms")
    """For gateway `folder`: a file per SMS, for trying out."""
    http: Http = Field(default_factory=Http)
    voice: Voice = Field(default_factory=Voice)
    """For landlines, beside any gateway but none."""
    kannel: Kannel = Field(default_factory=Kannel)
    gammu: Gammu = Field(default_factory=Gammu)

    @field_validator("sender")
    @classmethod
    def _a_sender(cls, sender: ByLanguage) -> ByLanguage:
        for name in map(sender.in_, LANGUAGES):
            if not re.fullmatch(r"\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", name):
                raise ValueError(f"'{name}' is no sender; write at most 11 letters and digits, or a number")
        return sender

    @model_validator(mode="after")
    def _gateway_is_described(self) -> Sms:
        missing = {
            "http": "sms.http.url" if not self.http.url else "",
            "kannel": "sms.kannel.user" if not self.kannel.user else "",
        }.get(self.gateway)
        if missing:
            raise ValueError(f"the gateway '{self.gateway}' needs {missing}; add it")
        return self

    @property
    def calls(self) -> bool:
        """Whether landlines are called."""
        return bool(self.voice.url) and self.gateway != "none"

    @property
    def served(self) -> int:
        """The highest level that can be served."""
        return 1 if self.gateway == "none" else 2

    def wording_problems(self, host: str) -> Iterator[tuple[str, str]]:
        """Language and problem of each text that is no good SMS with a portal on `host`."""
        for language in LANGUAGES:
            problem = wording_problem(self.text.in_(language), host)
            if problem:
                yield language, problem


_NAME = re.compile(r"\{(\w+)\}")


def check_names(template: str, known: Iterable[str]) -> None:
    """Raises ValueError for a name between braces that nothing is known under."""
    for name in _NAME.findall(template):
        if name not in known:
            hint = nearest(name, known)
            raise ValueError(f"nothing is called {{{name}}} here{hint or '; known are ' + ', '.join(known)}")


def filled(template: str, values: Mapping[str, str]) -> str:
    """`template` with each known name in braces replaced; other braces stay.

    >>> filled('{"to": "{number}"}', {"number": "+31612345954"})
    '{"to": "+31612345954"}'
    """
    return _NAME.sub(lambda found: values.get(found[1], found[0]), template)
