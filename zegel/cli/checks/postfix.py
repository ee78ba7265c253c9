"""Whether all mail that enters Postfix passes Zegel, and waits when Zegel is away."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zegel.cli.checks.finding import Said
from zegel.settings.model import Settings

APPLY = "run: zegel-postfix apply"
_NAMES = (
    "smtpd_milters", "non_smtpd_milters", "milter_default_action", "receive_override_options", "smtpd_milter_maps",
    "enable_original_recipient", "content_filter", "queue_directory", "mail_owner", "message_size_limit",
)  # fmt: skip
_OURS = ("postfix/zegel", "postfix/zegel-direct")
"""The listeners where the courier hands mail over, by their names in the log."""
_LOOPBACK = re.compile(r"(127\.|localhost:|\[?::1\]?:)")
IN_A_MAIL = 1.4
"""How much larger files are in a mail: base64 in lines, and the text around them."""


class NoPostfix(Exception):
    """postconf is missing or refuses; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Service:
    """A line of master.cf, with the parameters that it sets for itself."""

    name: str
    chrooted: bool
    command: str
    own: Mapping[str, str]


class Postfix:
    """What postconf(1) says of one configuration. Raises NoPostfix."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        # -x: the script puts Zegel in as $zegel_milter, with its time-outs and default action in braces
        lines = self.postconf("-x", *_NAMES).splitlines()
        found = dict(line.partition(" = ")[::2] for line in lines if " = " in line)
        found |= {line.removesuffix(" ="): "" for line in lines if line.endswith(" =")}
        self.main = {name: found.get(name, "").strip() for name in _NAMES}

    def postconf(self, *words: str) -> str:
        command = shutil.which("postconf") or shutil.which("postconf", path="/usr/sbin")
        if command is None:
            raise NoPostfix("postconf is not there; install Postfix")
        whole = [command, *(["-c", self._folder] if self._folder else []), *words]
        done = subprocess.run(whole, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 (fixed command)
        if done.returncode:
            raise NoPostfix(f"postconf says: {done.stderr.strip()}")
        return done.stdout

    def services(self) -> list[Service]:
        own: dict[str, dict[str, str]] = {}
        for line in self.postconf("-xP").splitlines():
            where, _, value = line.partition(" =")
            service, _, name = where.rpartition("/")
            own.setdefault(service, {})[name] = value.strip()
        fields: dict[str, dict[str, str]] = {}
        for line in self.postconf("-F").splitlines():
            where, _, value = line.partition(" = ")
            service, _, field = where.rpartition("/")
            fields.setdefault(service, {})[field] = value
        return [
            Service(name, each.get("chroot") == "y", each.get("command", "").partition(" ")[0], own.get(name, {}))
            for name, each in fields.items()
        ]


def passes_zegel(settings: Settings, postfix: Postfix) -> Iterator[Said]:
    """Each way in: the listeners, and programs on this machine."""
    said = list(_ways_in(settings, postfix))
    if postfix.main["enable_original_recipient"] != "yes":
        said.append(("critical", f"enable_original_recipient = no: {_FORGETS} in main.cf"))
    for service in postfix.services():
        if service.own.get("enable_original_recipient", "yes") != "yes":
            said.append(("critical", f"{service.name} has enable_original_recipient = no: {_FORGETS} in master.cf"))
    yield from said
    if not said:
        yield "ok", "hands its mail to Zegel and keeps it when Zegel is away"


_FORGETS = (
    "when a map changes a recipient, the one that Zegel takes out is not found, and the original leaves; set it to yes"
)


def _ways_in(settings: Settings, postfix: Postfix) -> Iterator[Said]:
    address, main = settings.milter.socket, postfix.main
    missing = "smtpd_milters does not name Zegel; " + APPLY
    if not any(
        _is_ours(element, address, main["queue_directory"], False) for element in elements(main["smtpd_milters"])
    ):
        yield "critical", missing
        return
    if main["smtpd_milter_maps"]:
        yield "warning", "smtpd_milter_maps is set: it can switch Zegel off for some clients"
    own_port = str(settings.submission.port)
    for service in postfix.services():
        listens = service.name.rpartition("/")[0]
        if service.command == "smtpd":
            back = service.own.get("syslog_name") in _OURS or re.search(rf"(^|:){own_port}$", listens)
            if not back:
                yield from _way_in(service, address, main, "smtpd_milters")
        elif service.name == "cleanup/unix" or service.command == "pickup":
            yield from _way_in(service, address, main, "non_smtpd_milters")


def _way_in(service: Service, address: str, main: Mapping[str, str], name: str) -> Iterator[Said]:
    milters = service.own.get(name, main[name])
    ours = [each for each in elements(milters) if _is_ours(each, address, main["queue_directory"], service.chrooted)]
    where = f"{service.name} in master.cf" if name in service.own else name
    if not ours or "no_milters" in service.own.get("receive_override_options", main["receive_override_options"]):
        if main["content_filter"] and _LOOPBACK.match(service.name):
            return  # the way back from a filter: that mail passed Zegel when it came in
        why = f"{where} does not name Zegel at {address}" if not ours else f"{service.name} has no_milters"
        what = (
            "mail of programs on this machine"
            if name == "non_smtpd_milters"
            else f"mail that comes in by {service.name}"
        )
        yield (
            "warning" if _LOOPBACK.match(service.name) else "critical",
            f"{why}: {what} does not pass Zegel and leaves unprotected; {APPLY}, or put "
            "$zegel_milter in front of that list",
        )
        return
    action = re.search(r"default_action\s*=\s*(\w+)", ours[0])
    default = service.own.get("milter_default_action", main["milter_default_action"])
    if (action[1] if action else default) not in ("tempfail", "shutdown", "quarantine", "reject"):
        yield "critical", f"Postfix lets mail through {service.name} when Zegel is away; {APPLY}"


def elements(value: str) -> list[str]:
    """The milters in a list; those in braces stay whole."""
    return [part.strip() for part in re.findall(r"\{(?:[^{}]|\{[^{}]*\})*\}|[^\s,{}]+", value)]


def _is_ours(element: str, address: str, queue: str, chrooted: bool) -> bool:
    """Whether a milter in Postfix's notation is the socket that Zegel listens at."""
    words = element.strip("{} \t").replace(",", " ").split()
    kind, _, rest = (words[0] if words else "").partition(":")
    own_kind, _, own = address.partition(":")
    if kind.startswith("inet") and own_kind.startswith("inet"):
        return rest.rpartition(":")[2] == own.partition("@")[0]
    if (kind, own_kind) != ("unix", "unix"):
        return False
    places = [Path(queue, rest.lstrip("/"))] + ([] if chrooted and not rest.startswith(queue) else [Path(rest)])
    return any(str(place) == own or _same(place, Path(own)) for place in places if place.is_absolute())


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def takes_replies(settings: Settings, postfix: Postfix) -> Iterator[Said]:
    """Whether Postfix takes replies as large as they may be, and lets their reports come back."""
    limit, size = int(postfix.main["message_size_limit"] or 0), settings.replies.size
    needed = int(size * IN_A_MAIL)
    if 0 < limit < needed:
        yield (
            "critical",
            f"Postfix takes mails up to {limit} bytes, and a reply may have {size}: set message_size_limit to "
            f"{needed} or more in main.cf, or replies.size to {int(limit / IN_A_MAIL)} or less",
        )
    if "zegel-bounces" not in postfix.postconf("-P", "bounce/unix/*"):
        yield "critical", f"reports about replies do not come back to Zegel; {APPLY}"
