"""The overview."""

from __future__ import annotations

from typing import Any

from zegel_console.site import Site
from zegel_console.visit import Visit


def home(site: Site, visit: Visit) -> Any:
    return site.page("home", visit)
