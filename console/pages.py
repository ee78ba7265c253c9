"""Templates turned into pages of the console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal, format_percent

from zegel.i18n import moments
from zegel.i18n.catalogues import environment, own_name
from zegel.i18n.moments import locale_of
from zegel.settings.model import Settings
from zegel.theme.palette import look
from zegel_console.visit import Names, Visit
from zegel_web.assets import FOLDER as SHARED
from zegel_web.assets import STYLE, SharedAssets, asset
from zegel_web.responses import PAGE_POLICY, reply

FOLDER = Path(__file__).parent


class Assets(SharedAssets):
    """What every site loads, and the console's own style sheet."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.organisation, "")
        self.own = asset("/static/console.css", STYLE, (FOLDER / "static" / "console.css").read_bytes())


class Pages:
    """Draws the pages."""

    def __init__(self, settings: Settings, assets: Assets, clock: Callable[[], float]) -> None:
        self._organisation = settings.organisation
        self._secure = settings.console.secure
        self._assets = assets
        self._look = look(settings.organisation.colour)
        self._names = Names.of(settings)
        self._clock = clock
        for language in self._organisation.languages:
            environment(FOLDER, language, SHARED)  # a broken catalogue is to stop the start, not a page

    def show(self, name: str, visit: Visit, status: int = 200, **shown: Any) -> Any:
        """The page of templates/`name`.html, with the cookies that the browser has to keep."""
        html = self.render(name, visit, **shown)
        answer = reply(html, status, policy=PAGE_POLICY, secure=self._secure, headers=shown.get("headers"))
        if visit.fresh and status < 500:
            self.keep(answer, visit.cookie)
        if visit.chosen:
            self._cookie(answer, self._names.language, visit.language, 180 * 24 * 3600)
        return answer

    def render(self, name: str, visit: Visit, **shown: Any) -> str:
        """The text of a template."""
        zone, language = self._organisation.timezone, visit.language
        kept = {key: value for key, value in visit.query.items() if key not in ("lang", "s")}
        return (
            environment(FOLDER, language, SHARED)
            .get_template(f"{name}.html")
            .render(
                organisation=self._organisation,
                assets=self._assets,
                look=self._look,
                browser=visit,
                visit=visit,
                kept_query=f"{urlencode(kept)}&" if kept else "",
                languages=[(each, own_name(each)) for each in self._organisation.languages],
                day=lambda at: moments.day(at, language, zone),
                moment=lambda at: moments.format_moment(at, language, zone),
                short=lambda at: moments.short(at, language, zone, self._clock()),
                number=lambda value: format_decimal(value, locale=locale_of(language)),
                percent=lambda part, whole: format_percent(part / whole, locale=locale_of(language)) if whole else "–",
                **shown,
            )
        )

    def go(self, path: str, cookie: str = "") -> Any:
        """Sends the browser on with a GET, and lets it keep `cookie`."""
        answer = reply("", 303, secure=self._secure, headers={"Location": path})
        if cookie:
            self.keep(answer, cookie)
        return answer

    def keep(self, answer: Any, cookie: str) -> None:
        """Lets the browser keep its secret until it is closed."""
        self._cookie(answer, self._names.session, cookie, None)

    def forget(self, answer: Any) -> None:
        self._cookie(answer, self._names.session, "", 0)

    def keep_way(self, answer: Any, value: str, seconds: int) -> None:
        """Lets it keep what it needs when it comes back from the provider; 0 seconds end that."""
        # From elsewhere browsers bring no cookie that is strict.
        self._cookie(answer, self._names.way, value, seconds, "lax")

    def _cookie(self, answer: Any, name: str, value: str, seconds: int | None, same_site: str = "strict") -> None:
        lifetime = {} if seconds is None else {"max_age": seconds}
        answer.set_cookie(name, value, path="/", secure=self._secure, httponly=True, samesite=same_site, **lifetime)
