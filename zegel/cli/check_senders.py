"""What in Postfix makes senders ours after Zegel has looked, for `zegel check`; postfix/zegel-postfix says more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from zegel.mail.domains import ascii_domain
from zegel.settings.model import Settings

MAPS = ("sender_canonical_maps", "canonical_maps", "masquerade_domains", "smtp_generic_maps")
"""Parameters that rewrite senders."""
NAMES = ("myorigin", "mydomain", "myhostname")
"""Parameters that Postfix completes addresses with."""


def sender_warnings(settings: Settings, postconf: Callable[..., str]) -> Iterator[str]:
    """Yields a line for each setting that changes senders; `postconf(*words)` returns what postconf(1) prints."""
    values = [value.strip() for value in postconf("-xh", *MAPS, *NAMES).split("\n")]
    found = dict(zip((*MAPS, *NAMES), values, strict=False))
    for line in postconf("-P").splitlines():
        where, _, value = line.partition(" = ")
        service, _, name = where.rpartition("/")
        if name in MAPS and value:
            found[f"{name} of {service}"] = value
    for name, value in found.items():
        if value and name.split()[0] in MAPS:
            yield (
                f"Postfix rewrites senders after Zegel has looked ({name}): put the domains that become yours under "
                "sender_domains, or their mail leaves unseen; subdomains of yours count as they are"
            )
        elif value and not _is_ours(name, ascii_domain(_first_line(value)), settings.domains):
            yield (
                f"{name} = {value} is in none of your domains: nobody whom Postfix completes with it can be told or "
                "asked about a message"
            )


def _is_ours(name: str, completed: str, own: tuple[str, ...]) -> bool:
    """In our domains; a host is named below them nearly everywhere, but a mailbox has to be in them."""
    below = name != "myorigin" and any(completed.endswith(f".{each}") for each in own)
    return completed in own or below


def _first_line(value: str) -> str:
    """Debian writes /etc/mailname: a file that holds the name."""
    try:
        return Path(value).read_text(encoding="utf-8").split("\n")[0] if value.startswith("/") else value
    except (OSError, UnicodeDecodeError):
        return value
