"""Whose mail it is: envelopes, headers, logins and maps of Postfix, each with what must happen to the mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ANNA: Final = "anna@kliniek.example"
BRAM: Final = "bram@kliniek.example"
POSTMASTER: Final = "postmaster@kliniek.example"
WEB01: Final = "www-data@web01.kliniek.example"
PROVIDER: Final = "b-77=x@bounces.mailer.example"
VERP: Final = "nieuws+jan=post.example@kliniek.example"
BATV: Final = "prvs=2611abcdef=anna@kliniek.example"
SRS: Final = "SRS0=Ab12=XY=elders.example=piet@kliniek.example"
PIET: Final = "piet@elders.example"
FROM_ANNA: Final = f"From: Anna <{ANNA}>"
FROM_PIET: Final = f"From: Piet <{PIET}>"
RECEIPT: Final = "multipart/report; report-type=disposition-notification; boundary=x"
SAYS_ANNA: Final = f"Anna <{ANNA}>"
SAYS_PIET: Final = "Piet via De Kliniek <no-reply@kliniek.example>"
SAYS_NOBODY: Final = "De Kliniek <no-reply@kliniek.example>"

Way = Literal["smtp", "sendmail", "masquerade", "local"]
"""How it comes in: by the ordinary listener, by sendmail(1), by one whose cleanup has masquerade_domains, or by one
that has it and rewrites headers too, as Postfix does for programs of its own machine."""


@dataclass(frozen=True)
class Sealed:
    """Protected: who is told and gets the bounces, and what the notification says that it is from."""

    person: str
    says: str


@dataclass(frozen=True)
class Held:
    """Protected by a code: who is asked for the number."""

    person: str


LEAVES: Final = "leaves"
REFUSED: Final = "refused"


@dataclass(frozen=True)
class Row:
    name: str
    sender: str
    header: str
    must: Sealed | Held | str
    way: Way = "smtp"
    login: str = ""
    to: str = ""
    """"" for somebody outside."""
    clean: bool = False
    subject: str = ""

    @property
    def token(self) -> str:
        """What its mails are found by; stands in the subject."""
        return f"rij-{TABLE.index(self):02}"

    @property
    def recipient(self) -> str:
        return self.to or f"{self.token}@post.example"


TABLE: Final = (
    # The envelope, and the header behind another envelope.
    Row("a person", ANNA, FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("somebody for a colleague", BRAM, FROM_ANNA, Sealed(BRAM, SAYS_ANNA)),
    Row("a subdomain", WEB01, FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("an account of a machine", "www-data@kliniek.example", FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("a provider", PROVIDER, FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("Sender", PROVIDER, f"{FROM_PIET}\nSender: {ANNA}", Sealed(ANNA, SAYS_PIET)),
    Row("Resent-From", PROVIDER, f"{FROM_PIET}\nResent-From: Anna <{ANNA}>", Sealed(ANNA, SAYS_PIET)),
    Row("a group", PROVIDER, f"From: Balie: {PIET}, Anna <{ANNA}>;", Sealed(ANNA, SAYS_ANNA)),
    Row("the second From", PROVIDER, f"{FROM_PIET}\nX-Between: 1\n{FROM_ANNA}", Sealed(ANNA, SAYS_ANNA)),
    Row("two authors", PROVIDER, f"{FROM_PIET}, Anna <{ANNA}>", Sealed(ANNA, SAYS_ANNA)),
    Row("encoded", PROVIDER, "From: =?utf-8?b?QW5uYSA8YW5uYUBrbGluaWVrLmV4YW1wbGU+?=", Sealed(ANNA, ANNA)),
    Row("folded", PROVIDER, "From: Anna\n\t<anna@\n kliniek.example>", Sealed(ANNA, SAYS_ANNA)),
    Row("a route", PROVIDER, f"From: Anna <@relay.example,@x.example:{ANNA}>", Sealed(ANNA, SAYS_ANNA)),
    Row("letters", PROVIDER, "FROM : Anna <Anna@KLINIEK.Example>",
        Sealed("Anna@KLINIEK.Example", "Anna <Anna@KLINIEK.Example>")),
    # Somebody else's mail.
    Row("a stranger", PIET, FROM_PIET, LEAVES),
    Row("a stranger who speaks of us", PIET, f'From: "{ANNA}" <{PIET}>\nReply-To: {ANNA}\nCc: {BRAM}', LEAVES),
    Row("a name like ours", PIET, "From: Piet <piet@mijnkliniek.example>", LEAVES),
    Row("from outside to inside", PIET, FROM_PIET, LEAVES, to=BRAM),
    Row("forged from outside to inside", PIET, FROM_ANNA, LEAVES, to=BRAM),
    Row("between colleagues", ANNA, FROM_ANNA, LEAVES, to=BRAM),
    # Logins.
    Row("a login under a private address", PIET, FROM_PIET, Sealed(ANNA, SAYS_PIET), login=ANNA),
    Row("a login without a sender", "", FROM_ANNA, Sealed(ANNA, SAYS_ANNA), login=BRAM),
    Row("a login without a sender, From outside", "", FROM_PIET, Sealed(BRAM, SAYS_PIET), login=BRAM),
    Row("a login by a name, without a sender", "", FROM_PIET, REFUSED, login="anna"),
    Row("a login by a name, From outside", PIET, FROM_PIET, REFUSED, login="scanner"),
    Row("the same and nothing to protect", PIET, FROM_PIET, LEAVES, login="scanner", clean=True),
    # Senders that a machine makes.
    Row("VERP", VERP, FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("VERP, a login", VERP, FROM_PIET, Sealed(BRAM, SAYS_PIET), login=BRAM),
    Row("VERP, nobody", VERP, FROM_PIET, REFUSED),
    Row("BATV", BATV, FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("BATV, nobody", BATV, FROM_PIET, REFUSED),
    Row("VERP at level 2", VERP, FROM_ANNA, Held(ANNA), subject="[zeer veilig] "),
    Row("no sender at level 2", "", FROM_ANNA, Held(ANNA), login=BRAM, subject="[zeer veilig] "),
    # Mail that merely passes.
    Row("SRS", SRS, FROM_PIET, Sealed(POSTMASTER, SAYS_PIET)),
    Row("SRS at level 2", SRS, FROM_PIET, Held(POSTMASTER), subject="[zeer veilig] "),
    Row("a redirect by somebody", BRAM, f"X-Sieve-Redirected-From: {BRAM}\n{FROM_PIET}", Sealed(BRAM, SAYS_PIET)),
    Row("a redirect of a stranger's", PIET, f"X-Sieve-Redirected-From: {BRAM}\n{FROM_PIET}", LEAVES),
    Row("a forged From redirected", PIET, f"Delivered-To: {BRAM}\n{FROM_ANNA}", Sealed(BRAM, SAYS_NOBODY)),
    Row("SRS of somebody", SRS, f"Delivered-To: {BRAM}\n{FROM_PIET}", Sealed(BRAM, SAYS_PIET)),
    Row("a list", "lijst-bounces@kliniek.example", f"List-Id: <lijst.kliniek.example>\n{FROM_PIET}",
        Sealed(POSTMASTER, SAYS_PIET)),
    Row("a colleague on a list", "lijst-bounces@kliniek.example", f"List-Id: <lijst.kliniek.example>\n{FROM_ANNA}",
        Sealed(ANNA, SAYS_ANNA)),
    # The null sender without a login.
    Row("a bounce", "", "From: MAILER-DAEMON@kliniek.example", LEAVES),
    Row("a receipt", "", f"{FROM_ANNA}\nContent-Type: {RECEIPT}", LEAVES),
    Row("a vacation", "", f"{FROM_ANNA}\nAuto-Submitted: auto-replied (vacation)", LEAVES),
    Row("no report", "", FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    # What Postfix makes of senders; myorigin is web01.kliniek.example, and a map turns web@oud.lan into anna@.
    Row("sendmail", WEB01, FROM_ANNA, Sealed(ANNA, SAYS_ANNA), way="sendmail"),
    Row("sendmail and myorigin", "www-data", FROM_ANNA, Sealed(ANNA, SAYS_ANNA), way="sendmail"),
    Row("sendmail and myorigin twice", "www-data", "From: www-data",
        Sealed(POSTMASTER, f'"{WEB01} via De Kliniek" <no-reply@kliniek.example>'), way="sendmail"),
    Row("myorigin by SMTP", "www-data", FROM_ANNA, Sealed(ANNA, SAYS_ANNA)),
    Row("a map and sendmail", "web@oud.lan", "From: Web <web@oud.lan>", Sealed(ANNA, f"Web <{ANNA}>"), way="sendmail"),
    Row("a map by SMTP", "web@oud.lan", "From: Web <web@oud.lan>",
        Sealed(POSTMASTER, "Web via De Kliniek <no-reply@kliniek.example>")),
    Row("a map by SMTP, From outside", "web@oud.lan", FROM_PIET, Sealed(POSTMASTER, SAYS_PIET)),
    Row("a map by SMTP that zegel check warns of", "web@ander.lan", FROM_PIET, LEAVES),
    Row("a map that rewrites the header", "web@ander.lan", "From: Web <web@ander.lan>", Sealed(BRAM, f"Web <{BRAM}>"),
        way="local"),
    Row("masquerading", "lab@web01.kliniek.example", "From: lab@web01.kliniek.example",
        Sealed(POSTMASTER, '"lab@web01.kliniek.example via De Kliniek" <no-reply@kliniek.example>'), way="masquerade"),
    Row("masquerading, From outside", "lab@web01.kliniek.example", FROM_PIET, Sealed(POSTMASTER, SAYS_PIET),
        way="masquerade"),
    Row("masquerading of the header too", "lab@web01.kliniek.example", "From: lab@web01.kliniek.example",
        Sealed("lab@kliniek.example", "lab@kliniek.example"), way="local"),
)  # fmt: skip
