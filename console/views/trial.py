"""A mail that is tried: what would happen to it, and why, part by part. It is kept nowhere."""

from __future__ import annotations

from typing import Any

from zegel.i18n.catalogues import translations
from zegel.message.base.found import ReadingFailed
from zegel.policy.verdict import built_in_names
from zegel.yamlfile import FileProblems
from zegel_console.pages import FOLDER
from zegel_console.rule_words import found_in_words
from zegel_console.site import Site
from zegel_console.visit import Visit
from zegel_console.why_words import why_in_words

_LONGEST = 320


def page(site: Site, visit: Visit) -> Any:
    return _page(site, visit)


def attempt(site: Site, visit: Visit) -> Any:
    """Reads the file, else what was pasted, and judges it."""
    assert visit.who
    if not visit.posted.whole:
        return _page(site, visit, 413, error="large")
    pasted = visit.form.get("text", "")
    raw = visit.posted.file or pasted.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    if not raw.strip():
        return _page(site, visit, 422, error="empty")
    sender = visit.form.get("sender", "").strip()[:_LONGEST] or visit.who.person.address
    typed = visit.form.get("recipient", "")[: 20 * _LONGEST].replace(",", " ").split()
    try:
        tried = site.rules.attempt(raw, visit.who.person.address, sender, typed)
    except ReadingFailed:
        return _page(site, visit, 503, error="failed")
    except FileProblems:
        return _page(site, visit, 422, error="rules")
    return _page(site, visit, tried=tried)


def _page(site: Site, visit: Visit, status: int = 200, *, error: str = "", tried: Any = None) -> Any:
    typed = {name: visit.form.get(name, "")[:_LONGEST] for name in ("sender", "recipient")}
    gettext = translations(FOLDER, visit.language).gettext
    return site.page(
        "try", visit, status, error=error, tried=tried, typed=typed,
        names=site.rules.names(visit.language) | built_in_names(visit.language),
        why=lambda reason: why_in_words(reason, gettext),
        found=lambda match: found_in_words(match, visit.language),
    )  # fmt: skip
