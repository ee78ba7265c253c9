"""What in Postfix turns senders into others after Zegel has looked; a part of zegel-postfix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

MAPS = {
    "sender_canonical_maps": "rewrites senders",
    "canonical_maps": "rewrites senders and recipients",
    "smtp_generic_maps": "rewrites senders at the moment of delivery",
    "masquerade_domains": "takes host names away from senders",
}
"""Parameters, and what each does after Zegel has seen the envelope."""
SETTINGS = Path("/etc/zegel/zegel.yaml")
NAMES = ("myorigin", "mydomain", "myhostname")
"""Parameters that Postfix completes addresses with."""
_ITEM = re.compile(r"\s*-\s+(\S+)")


def own_domains(given: Path | None) -> tuple[str, ...]:
    """The `domains` of a zegel.yaml, as it writes lists: with hyphens, or in brackets; () when Zegel is not here.

    Raises OSError when the file that was given cannot be read.
    """
    if given is None and not SETTINGS.exists():
        return ()
    text = (given or SETTINGS).read_text(encoding="utf-8")
    found = re.search(r"^domains:[ \t]*(?:#.*)?(.*)$", text, re.MULTILINE)
    if found is None:
        return ()
    if found[1].startswith("["):
        listed = re.sub(r"#.*", "", text[found.start(1) + 1 :]).partition("]")[0].split(",")
    else:
        listed = []
        for line in text[found.end() :].splitlines():
            item = _ITEM.match(line)
            if item:
                listed.append(item[1])
            elif line.strip() and not line.lstrip().startswith("#"):
                break
    return tuple(ascii_name(each.strip().strip("\"'")) for each in listed if each.strip())


def ascii_name(domain: str) -> str:
    """A domain as main.cf and the DNS have it: lower case, each label beyond ASCII by its Punycode.

    >>> ascii_name("Straße.example.")
    'xn--strae-oqa.example'
    """
    labels = domain.strip().rstrip(".").lower().split(".")
    return ".".join(
        each if each.isascii() else "xn--" + each.encode("punycode", "replace").decode("ascii") for each in labels
    )


def sender_warnings(
    effective: Callable[[str], str], overrides: Iterable[tuple[str, str, str]], own: Sequence[str]
) -> Iterator[str]:
    """Warnings about `effective(parameter)` and master.cf's (service, parameter, value), for the domains `own`.

    Without `own` names are not compared.
    """
    for name in (*MAPS, *NAMES):
        yield from _about("main.cf", name, effective(name), own)
    for service, name, value in overrides:
        yield from _about(f"master.cf: {service}", name, value, own)


def _about(where: str, name: str, value: str, own: Sequence[str]) -> Iterator[str]:
    if name in MAPS and value:
        yield (
            f"{where}: {name} = {value}: Postfix {MAPS[name]} after Zegel has looked at the envelope. Subdomains of "
            "your domains count as yours; put every other domain that becomes yours under sender_domains in "
            "zegel.yaml, or its mail leaves unseen"
        )
    if name in NAMES and value and own:
        completed = ascii_name(_first_line(value))
        # A host is named below its domain nearly everywhere, and that counts as ours. But what Postfix writes behind a
        # bare name has to be a mailbox of ours.
        below = name != "myorigin" and any(completed.endswith(f".{each}") for each in own)
        if completed not in own and not below:
            yield (
                f"{where}: {name} = {value} is not in `domains` of zegel.yaml ({', '.join(own)}): who Postfix "
                "completes with it is no sender of yours, and nobody who can be told or asked about a message"
            )


def _first_line(value: str) -> str:
    """Debian writes /etc/mailname: a file that holds the name."""
    if not value.startswith("/"):
        return value
    try:
        return Path(value).read_text(encoding="utf-8").split("\n")[0]
    except (OSError, UnicodeDecodeError):
        return value
