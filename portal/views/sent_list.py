"""Which recipients the sender's page lists: those that a search finds, by how far they are, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zegel.senders.views import RecipientState
from zegel_web.numbers import row_number

MOST_PEOPLE = 15
"""Recipients on one page."""
GROUPS = ("needs", "waiting", "opened", "ended")
"""What a recipient may be, the one that takes the sender first."""
_OPENED = ("opened", "downloaded", "replied")
_ENDED = ("delivered", "clear", "recalled", "withdrawn", "expired", "no number")
_LONGEST = 100
"""Characters of a search."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the recipients of a message."""

    people: tuple[RecipientState, ...]
    found: tuple[RecipientState, ...]
    """All that the search found, the others than `people` too."""
    counts: Mapping[str, int]
    """How many of all recipients are in each of GROUPS; those that nobody is in are left out."""
    first: int
    show: str
    """The group that is shown, "" for all."""
    search: str

    @property
    def before(self) -> int | None:
        """Where the page before this one begins, None when this is the first."""
        return max(0, self.first - MOST_PEOPLE) if self.first else None

    @property
    def after(self) -> int | None:
        """Where the next page begins, None when this is the last."""
        beyond = self.first + MOST_PEOPLE
        return beyond if beyond < len(self.found) else None


def group_of(person: RecipientState) -> str:
    """One of GROUPS."""
    if person.locked or person.stopped or person.needs_number or person.asked_at or person.state == "undeliverable":
        return "needs"
    if person.state in _OPENED:
        return "opened"
    return "ended" if person.state in _ENDED else "waiting"


def listed(everybody: Sequence[RecipientState], query: Mapping[str, str]) -> Listed:
    """The recipients that the fields `q`, `show` and `from` of an address, or of a form, ask for."""
    show = query.get("show", "") if query.get("show", "") in GROUPS else ""
    search = query.get("q", "").strip()[:_LONGEST]
    groups = {each.delivery_id: group_of(each) for each in everybody}
    counts = {name: sum(group == name for group in groups.values()) for name in GROUPS}
    found = [
        each
        for each in everybody
        if show in ("", groups[each.delivery_id]) and search.casefold() in each.address.casefold()
    ]
    found.sort(key=lambda each: GROUPS.index(groups[each.delivery_id]))
    first = row_number(query.get("from", "")) or 0
    first = first if first < len(found) else 0
    return Listed(
        people=tuple(found[first : first + MOST_PEOPLE]),
        found=tuple(found),
        counts={name: count for name, count in counts.items() if count},
        first=first,
        show=show,
        search=search,
    )


def picked(everybody: Sequence[RecipientState], fields: Mapping[str, str]) -> list[RecipientState]:
    """Whom a form or an address means: those that are ticked (`pick-…`), or with `all` everybody that is listed."""
    if fields.get("all"):
        return list(listed(everybody, fields).found)
    ticked = {row_number(name.removeprefix("pick-")) for name in fields if name.startswith("pick-")}
    return [each for each in everybody if each.delivery_id in ticked]
