"""What the portal needs to let people keep hold of what happens at their address."""

from __future__ import annotations

from dataclasses import dataclass

from zegel.recipients.preferences import People
from zegel.unlock.feedback import Feedback
from zegel.unlock.remembered_devices import Devices


@dataclass(frozen=True, slots=True)
class Trust:
    """Their choices, their devices, and what they can say with the link alone."""

    people: People
    devices: Devices
    feedback: Feedback
