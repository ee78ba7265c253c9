"""What the pages load from the portal itself: what all sites share, and the script of the page that writes."""

from __future__ import annotations

from pathlib import Path

from zegel.settings.organisation import Organisation
from zegel_web.assets import SCRIPT, SharedAssets, asset

_FOLDER = Path(__file__).parent.parent / "static"


class Assets(SharedAssets):
    """The assets by their path, read once."""

    def __init__(self, organisation: Organisation, base: str) -> None:
        super().__init__(organisation, base)
        self.compose = asset(f"{base}/static/compose.js", SCRIPT, (_FOLDER / "compose.js").read_bytes())
