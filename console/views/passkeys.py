"""Your passkeys of the console: made, listed, removed."""

from __future__ import annotations

from typing import Any

from zegel.officers.passkeys import PASSKEYS_MOST, NoPasskey
from zegel_console.site import Site
from zegel_console.views.entry import LONGEST_ANSWER, options
from zegel_console.visit import Visit
from zegel_web.numbers import row_number
from zegel_web.user_agent import kind_of


def mine(site: Site, visit: Visit) -> Any:
    return _mine(site, visit, notice=visit.query.get("s", ""))


def ask_new(site: Site, visit: Visit) -> Any:
    """What the device needs to make a passkey, for the script."""
    assert visit.who
    return options(site, site.passkeys.ask_new(visit.who, visit.cookie))


def add(site: Site, visit: Visit) -> Any:
    """Keeps the passkey that the device made."""
    assert visit.who
    answer, kind = visit.form.get("answer", "")[:LONGEST_ANSWER], kind_of(visit.agent)
    name = ", ".join(filter(None, (kind.browser, kind.system)))
    added = site.passkeys.add(visit.who, visit.cookie, answer, name, visit.language)
    if isinstance(added, NoPasskey):
        return _mine(site, visit, 422, error=added.kind)
    return site.go("/passkeys?s=added", added.cookie)


def remove(site: Site, visit: Visit) -> Any:
    assert visit.who
    passkey = row_number(visit.form.get("passkey", ""))
    done = passkey is not None and site.passkeys.remove(visit.who, passkey)
    return site.go(f"/passkeys?s={'removed' if done else 'gone'}")


def _mine(site: Site, visit: Visit, status: int = 200, *, error: str = "", notice: str = "") -> Any:
    assert visit.who
    there = site.passkeys.of(visit.who.person.address)
    return site.page(
        "passkeys", visit, status, passkeys=there, error=error, notice=notice, full=len(there) >= PASSKEYS_MOST,
        may=site.passkeys.may_change(visit.who),
    )  # fmt: skip
