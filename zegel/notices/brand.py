"""Who the mails speak for: the organisation's name, logo, colour and addresses."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from zegel.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Brand:
    """What recipients recognise the organisation by; addresses are "" where there is none."""

    name: str
    logo: bytes | None
    """A PNG."""
    colour: str
    """The accent colour as #rrggbb, with a contrast of 4.5 or more with white."""
    support: str
    """https://… or mailto:…, as the others."""
    privacy: str
    terms: str
    timezone: str = ""
    """Where moments are told, as Europe/Amsterdam; the machine's own when empty."""
    website: str = ""
    """The organisation's own site as people type it, www.clinic.example."""


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo as a mail shows it: by Content-ID, in pixels that Outlook needs to be told."""

    data: bytes
    content_id: str
    width: int
    height: int


def brand(settings: Settings) -> Brand:
    """The brand that zegel.yaml describes; reads the logo once. Raises OSError when it is gone."""
    its = settings.organisation
    logo = its.logo.read_bytes() if its.logo else None
    return Brand(its.name, logo, its.colour, its.support, its.privacy, its.terms, its.timezone, its.website)


def logo_of(brand: Brand) -> Logo | None:
    """The logo scaled into 48 by 220 pixels, never larger than it is; None without a readable one.

    The size stands in the PNG's first chunk, IHDR: two big-endian 32-bit numbers at byte 16.
    """
    data = brand.logo
    if data is None or len(data) < 24 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    if not width or not height:
        return None
    scale = min(1.0, 48 / height, 220 / width)
    content_id = f"logo.{hashlib.sha256(data).hexdigest()[:24]}@notice.zegel"
    return Logo(data, content_id, max(1, round(width * scale)), max(1, round(height * scale)))
