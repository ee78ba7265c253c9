"""What the pages load from the portal itself: one style sheet, one script, the brand's colours and its logo."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from zegel.settings.model import Organisation
from zegel.theme.palette import look

_FOLDER = Path(__file__).parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that browsers may keep: `path` changes with its content."""

    path: str
    kind: str
    data: bytes
    packed: bytes
    """The same for browsers that unpack gzip; b"" where that gains nothing. No secret is in it."""


class Assets:
    """The assets by their path, read once."""

    def __init__(self, organisation: Organisation, base: str) -> None:
        self.style = _asset(f"{base}/static/portal.css", "text/css; charset=utf-8", _read("portal.css"))
        self.script = _asset(f"{base}/static/portal.js", "text/javascript; charset=utf-8", _read("portal.js"))
        self.compose = _asset(f"{base}/static/compose.js", "text/javascript; charset=utf-8", _read("compose.js"))
        colours = look(organisation.colour).style_sheet().encode()
        self.brand = _asset(f"{base}/static/brand.css", "text/css; charset=utf-8", colours)
        self.logo = (
            _asset(f"{base}/logo.png", "image/png", organisation.logo.read_bytes()) if organisation.logo else None
        )


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def _asset(path: str, kind: str, data: bytes) -> Asset:
    packed = gzip.compress(data, 9, mtime=0)
    version = hashlib.sha256(data).hexdigest()[:12]
    return Asset(f"{path}?v={version}", kind, data, packed if len(packed) < len(data) else b"")
