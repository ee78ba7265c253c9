"""Numbers that a sender typed, as they are understood: shown before they count, and taken in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import PhoneNumberFormat

from zegel.recipients.phone_numbers import Wrong, is_landline, parse


@dataclass(frozen=True, slots=True)
class Understood:
    """A number that a code can go to."""

    recipient: str
    number: str = field(repr=False)
    """E.164."""
    shown: str = field(repr=False)
    """As people read it: +31 6 12345954."""
    region: str
    """The country that it is of, as ISO 3166 has it."""
    chosen: str
    """The country that was chosen beside it."""
    called: bool = False
    """Whether codes are told there by a call."""


def understood(
    recipients: Sequence[tuple[int, str, str]],
    typed: Mapping[int, str],
    regions: Mapping[int, str],
    allowed: Sequence[str],
    landlines: bool = False,
) -> dict[int, Understood | Wrong]:
    """What was typed for each of `recipients`: delivery, address, and the country to expect; by delivery.

    With `landlines` a number may be one that is called.
    """
    return {
        delivery: _understood(address, text, regions.get(delivery) or expected, allowed, landlines)
        for delivery, address, expected in recipients
        if (text := typed.get(delivery, "")).strip()
    }


def _understood(recipient: str, text: str, chosen: str, allowed: Sequence[str], landlines: bool) -> Understood | Wrong:
    number = parse(text, chosen, allowed, landlines)
    if isinstance(number, Wrong):
        return number
    parsed = phonenumbers.parse(number)
    shown = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    region = phonenumbers.region_code_for_number(parsed) or ""
    return Understood(recipient, number, shown, region, chosen, called=is_landline(number))
