"""What the pages load from the site itself: style sheets, scripts, the brand's colours and its logo."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zegel.settings.organisation import Organisation
from zegel.theme.palette import look
from zegel_web.responses import FILE_POLICY, reply

FOLDER = Path(__file__).parent
"""Where templates, style sheet and script are that all sites share."""
STYLE, SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that browsers may keep: `path` changes with its content."""

    path: str
    kind: str
    data: bytes
    packed: bytes
    """The same for browsers that unpack gzip; b"" where that gains nothing. No secret is in it."""


class SharedAssets:
    """What every site has, by its path, read once."""

    def __init__(self, organisation: Organisation, base: str) -> None:
        static = FOLDER / "static"
        self.style = asset(f"{base}/static/portal.css", STYLE, (static / "portal.css").read_bytes())
        self.script = asset(f"{base}/static/portal.js", SCRIPT, (static / "portal.js").read_bytes())
        colours = look(organisation.colour).style_sheet().encode()
        self.brand = asset(f"{base}/static/brand.css", STYLE, colours)
        self.logo = (
            asset(f"{base}/logo.png", "image/png", organisation.logo.read_bytes()) if organisation.logo else None
        )


def asset(path: str, kind: str, data: bytes) -> Asset:
    packed = gzip.compress(data, 9, mtime=0)
    version = hashlib.sha256(data).hexdigest()[:12]
    return Asset(f"{path}?v={version}", kind, data, packed if len(packed) < len(data) else b"")


def sent(made: Asset, request: Any, *, secure: bool) -> Any:
    """The answer to a request for an asset. A new content has a new address, so a browser never has to ask again."""
    keep = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    packed = made.packed if _unpacks(request.get_header("Accept-Encoding", "")) else b""
    headers = {**keep, "Content-Encoding": "gzip"} if packed else keep
    return reply(packed or made.data, kind=made.kind, policy=FILE_POLICY, secure=secure, headers=headers)


def _unpacks(accepted: str) -> bool:
    """Whether a browser takes gzip (RFC 9110, 12.5.3)."""
    return bool(re.search(r"(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)", accepted, re.IGNORECASE))
