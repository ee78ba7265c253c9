"""Templates turned into pages, with what every page shows around its card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_timedelta

from zegel.i18n import moments
from zegel.i18n.catalogues import environment, own_name, translations
from zegel.i18n.moments import locale_of
from zegel.settings.model import Settings
from zegel.theme.palette import look
from zegel_portal.http.visit import Browser, Names
from zegel_portal.site.assets import Assets
from zegel_web.assets import FOLDER as SHARED
from zegel_web.responses import PAGE_POLICY, reply

FOLDER = Path(__file__).parent.parent
_A_DAY = 86_400
_STEPS: tuple[tuple[Literal["year", "month", "day", "hour", "minute"], int], ...] = (
    ("year", 365 * _A_DAY), ("month", 30 * _A_DAY), ("day", _A_DAY), ("hour", 3600), ("minute", 60),
)  # fmt: skip
"""The units in which time passed is told, the longest first: weeks are too coarse at first, and days say it better."""


class Pages:
    """Draws the portal's pages for one organisation."""

    def __init__(self, settings: Settings, assets: Assets, base: str, clock: Callable[[], float]) -> None:
        self._organisation = settings.organisation
        self._secure = settings.portal.secure
        self._assets = assets
        self._look = look(settings.organisation.colour)
        self._names = Names.of(settings)
        self._base = base
        self._clock = clock
        for language in self._organisation.languages:
            environment(FOLDER, language, SHARED)  # a broken catalogue is to stop the start, not a page

    def show(self, name: str, browser: Browser, status: int = 200, **shown: Any) -> Any:
        """The page of templates/`name`.html, with the cookies that the browser has to keep."""
        html = self.render(name, browser.language, browser=browser, **shown)
        headers = shown.get("headers") or {}
        answer = reply(html, status, policy=PAGE_POLICY, secure=self._secure, headers=headers)
        if browser.fresh and status < 500:
            self.keep(answer, browser.cookie)
        if browser.chosen:
            self._cookie(answer, self._names.language, browser.language, 180 * 24 * 3600)
        return answer

    def render(self, name: str, language: str, **shown: Any) -> str:
        """The text of a template."""
        zone = self._organisation.timezone
        return (
            environment(FOLDER, language, SHARED)
            .get_template(f"{name}.html")
            .render(
                organisation=self._organisation,
                assets=self._assets,
                look=self._look,
                base=self._base,
                languages=[(each, own_name(each)) for each in self._organisation.languages],
                day=lambda at: moments.day(at, language, zone),
                moment=lambda at: moments.format_moment(at, language, zone),
                short=lambda at: moments.short(at, language, zone, self._clock()),
                until_moment=lambda at: moments.until(at, language, zone, self._clock()),
                after_moment=lambda at: self.after(at, language),
                on_moment=lambda at: moments.on(at, language, zone),
                exact=lambda at: datetime.fromtimestamp(at, UTC).isoformat("T", "minutes"),
                **shown,
            )
        )

    def after(self, at: float, language: str) -> str:
        """From when on something can be done, in words."""
        return moments.after(at, language, self._organisation.timezone, self._clock())

    def go(self, path: str, cookie: str = "") -> Any:
        """Sends the browser on with a GET, and lets it keep `cookie`."""
        answer = reply("", 303, secure=self._secure, headers={"Location": f"{self._base}{path}"})
        if cookie:
            self.keep(answer, cookie)
        return answer

    def keep(self, answer: Any, cookie: str) -> None:
        """Lets the browser keep its secret until it is closed."""
        self._cookie(answer, self._names.session, cookie, None)

    def remember(self, answer: Any, name: str, word: str, seconds: int) -> None:
        """Lets the browser keep a word for some time; 0 seconds takes it away."""
        self._cookie(answer, name, word, seconds)

    def _cookie(self, answer: Any, name: str, value: str, seconds: int | None) -> None:
        lifetime = {} if seconds is None else {"max_age": seconds}
        answer.set_cookie(name, value, path="/", secure=self._secure, httponly=True, samesite="lax", **lifetime)


def ago(seconds: float, language: str) -> str:
    """How long ago something was, in the reader's words; never more than it was.

    >>> ago(3600, "nl"), ago(119, "en"), ago(40 * 86400, "fr"), ago(5, "de")
    ('1 uur geleden', '1 minute ago', 'il y a 1 mois', 'gerade eben')
    """
    _ = translations(FOLDER, language).gettext
    for unit, length in _STEPS:
        if whole := int(seconds) // length * length if seconds > 0 else 0:
            passed = timedelta(seconds=-whole)
            return format_timedelta(passed, unit, 10**9, add_direction=True, locale=locale_of(language))
    return _("just now")
