"""The kinds of values that sections of zegel.yaml share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import AfterValidator, Field, ValidationInfo

from zegel.mail.addresses import listed
from zegel.mail.domains import ascii_domain
from zegel.yamlfile import nearest


def in_folder_of_file(path: Path, info: ValidationInfo) -> Path:
    """A relative path in zegel.yaml is meant from the folder of zegel.yaml."""
    folder = (info.context or {}).get("folder", Path())
    return Path(folder, path)


def _domain(name: str) -> str:
    domain = ascii_domain(name)
    if "." not in domain:
        raise ValueError(f"'{name}' is not a domain; write it as clinic.example")
    return domain


def _web_address(url: str) -> str:
    """An address that may stand in a link: https, http or mailto."""
    if not re.fullmatch(r"(https?://[^\s<>\"]+|mailto:[^\s<>\"]+@[^\s<>\"]+|)", url):
        raise ValueError(f"'{url}' is not an address; write https://… or mailto:somebody@…")
    return url


def _site_name(text: str) -> str:
    """A site as people type it in the address bar: no scheme, nothing behind the name that they would have to copy."""
    name = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/").lower()
    if name and not re.fullmatch(r"(?!-)[\w-]+(\.[\w-]+)+(/[\w.-]{1,40})?", name):
        raise ValueError(f"'{text}' is not a site that people can type; write it as www.clinic.example")
    return name


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is not a time zone; write it as Europe/Amsterdam") from None
    return name


def _region(code: str) -> str:
    region = code.strip().upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        hint = nearest({"UK": "GB", "EN": "GB"}.get(region, region), phonenumbers.SUPPORTED_REGIONS)
        raise ValueError(f"'{code}' is not a country{hint or '; write its two letters, such as NL'}")
    return region


FilePath = Annotated[Path, AfterValidator(in_folder_of_file)]
Domain = Annotated[str, AfterValidator(_domain)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SiteName = Annotated[str, AfterValidator(_site_name)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
MailAddress = Annotated[str, Field(pattern=r"^([^@\s<>]+@[^@\s<>]+)?$")]
"""An address without its name, or nothing."""
Listed = Annotated[str, AfterValidator(lambda entry: listed(entry))]
"""An address, a domain, or `*.` and the end of one."""
Region = Annotated[str, AfterValidator(_region)]
"""A country by its two letters (ISO 3166)."""
