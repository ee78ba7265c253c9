"""The sender's page on which a code is agreed on with a recipient who has no mobile number."""

from __future__ import annotations

from typing import Any

from zegel.recipients.agreed_text import suggestion
from zegel.senders.views import RecipientState
from zegel_portal.http.visit import Sent
from zegel_portal.site.site import Site
from zegel_portal.views.sender import ticked
from zegel_web.numbers import row_number

_LONGEST = 300
"""Characters of a code or question that are looked at and shown again."""
_DONE = {"released": "agreed", "kept": "code-kept", "changed": "code-changed"}


def page(site: Site, visit: Sent) -> Any:
    """The fields for a code and a question, with a code that may be used."""
    person = _chosen(site, visit, visit.browser.query.get("d", ""))
    return site.go(visit) if person is None else _page(site, visit, person, suggestion(), "")


def agree(site: Site, visit: Sent) -> Any:
    """Sets the code, which lets the mail go; or says what is wrong with it."""
    person = _chosen(site, visit, visit.form.get("delivery", ""))
    if person is None:
        return site.go(visit)
    code, question = (visit.form.get(name, "")[:_LONGEST] for name in ("code", "question"))
    if not ticked(visit):
        return _page(site, visit, person, code, question, "sure", 422)
    came = site.sender.agree(visit.message, person.delivery_id, code, question)
    if came in _DONE:
        return site.go(visit, f"?s={_DONE[came]}&d={person.delivery_id}")
    if came == "impossible":
        return site.go(visit)
    return _page(site, visit, person, code, question, came, 503 if came == "busy" else 422)


def withdraw(site: Site, visit: Sent) -> Any:
    """Removes the code; what it opened is closed."""
    if not ticked(visit):
        person = _chosen(site, visit, visit.form.get("delivery", ""))
        return site.go(visit) if person is None else _page(site, visit, person, suggestion(), "", "withdraw", 422)
    delivery = row_number(visit.form.get("delivery", ""))
    gone = delivery is not None and site.sender.withdraw_code(visit.message, delivery)
    return site.go(visit, f"?s={'code-withdrawn' if gone else 'no-code'}")


def _chosen(site: Site, visit: Sent, given: str) -> RecipientState | None:
    """The recipient that is named, when a code can be agreed on for them."""
    delivery = row_number(given)
    overview = site.sender.overview(visit.message, visit.browser.language)
    found = (each for each in overview.recipients if each.delivery_id == delivery and each.may_agree)
    return next(found, None)


def _page(
    site: Site, visit: Sent, person: RecipientState, code: str, question: str, error: str = "", status: int = 200
) -> Any:
    return site.page(
        "agree",
        visit,
        status,
        person=person,
        code=code,
        question=question,
        error=error,
        headers={"Retry-After": "5"} if status == 503 else {},
    )
