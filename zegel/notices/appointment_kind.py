"""What a calendar among the files of a mail is: an invitation, a cancellation, an answer. Nothing of its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from zegel.message.mime.calendar import Invite, invites_in
from zegel.message.mime.transfer import Raw
from zegel.message.mime.view import Attachment, content

Kind = Literal["invitation", "cancellation", "acceptance", "refusal", "maybe", "proposal", "appointment"]
_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind is called in a list of files, and what a mail with nothing else says on top."""

    name: str
    heading: str


def kind_of(raw: Raw, file: Attachment) -> Kind | None:
    """What the file `file` of the mail `raw` is; None for all that is no calendar with an appointment."""
    if (file.type not in _TYPES and not file.name.lower().endswith((".ics", ".vcs"))) or file.size > _LARGEST:
        return None
    first = next(iter(invites_in(content(raw, file))), None)
    return _kind(first) if first else None


def common(kinds: Sequence[Kind | None]) -> Kind | None:
    """What all files are; None where they are several things, or no appointments."""
    return kinds[0] if len(set(kinds)) == 1 else None


def words(_: Callable[[str], str], kind: Kind) -> Words:
    """What a kind is called."""
    return {
        "invitation": Words(_("Invitation"), _("An invitation is waiting for you")),
        "cancellation": Words(_("Cancellation"), _("A cancellation of an appointment is waiting for you")),
        "acceptance": Words(_("Acceptance"), _("An acceptance of your invitation is waiting for you")),
        "refusal": Words(_("Refusal"), _("A refusal of your invitation is waiting for you")),
        "maybe": Words(_("Answer"), _("An answer to your invitation is waiting for you")),
        "proposal": Words(_("Other time proposed"), _("A proposal for another time is waiting for you")),
        "appointment": Words(_("Appointment"), _("An appointment is waiting for you")),
    }[kind]


def _kind(invite: Invite) -> Kind:
    if invite.method == "REPLY":
        answers: dict[str, Kind] = {"ACCEPTED": "acceptance", "DECLINED": "refusal"}
        return answers.get(invite.answer, "maybe")
    if invite.cancelled:
        return "cancellation"
    if invite.method == "COUNTER":
        return "proposal"
    return "invitation" if invite.method in ("REQUEST", "ADD") else "appointment"
