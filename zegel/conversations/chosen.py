"""Who of those who are offered gets a reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zegel.conversations.correspondents import Addressee
from zegel.conversations.reply_all import Other
from zegel.mail.addresses import identity


class Chosen(NamedTuple):
    """Colleagues, the one who wrote among them, and other recipients."""

    colleagues: tuple[Addressee, ...]
    others: tuple[Other, ...]

    @property
    def addresses(self) -> list[str]:
        return [*(each.address for each in self.colleagues), *(each.address for each in self.others)]


def chosen_of(offered: Sequence[Addressee], others: Sequence[Other], to: Sequence[str]) -> Chosen | None:
    """Those who are meant by `to`, always the one who wrote; None when `to` names anybody who is not offered."""
    wanted = {identity(each).text for each in to}
    everybody = Chosen(tuple(offered), tuple(others))
    if not offered or not wanted <= {identity(each).text for each in everybody.addresses}:
        return None
    return Chosen(
        tuple(each for each in offered if each.always or identity(each.address).text in wanted),
        tuple(each for each in others if identity(each.address).text in wanted),
    )
