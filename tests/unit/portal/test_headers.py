"""The headers of every answer, against the list of the OWASP Secure Headers Project."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.unit.portal.owasp_headers import ADD, EXCEPTIONS, REMOVE
from tests.unit.portal.portal_client import Answer, M, settings_for
from tests.unit.portal.portal_routes import INSIDE, World, answers
from zegel_portal.routes import OPEN

SITES = {"https": "https://safe.kliniek.example", "this machine": "http://127.0.0.1:8080"}
SITE = pytest.mark.parametrize("site", SITES)


@cache
def of(site: str) -> dict[str, Answer]:
    return dict(answers(settings_for(SITES[site])))


def is_body(name: str, answer: Answer) -> bool:
    return re.search(r"/(body|print), ", name) is not None and answer.status == 200


def is_asset(name: str, answer: Answer) -> bool:
    return answer.status == 200 and re.search(r"GET 1 /(static/|logo\.png)", name) is not None


def directives(policy: str) -> dict[str, str]:
    return {part.split()[0]: " ".join(part.split()[1:]) for part in policy.split(";") if part.split()}


def features(policy: str) -> dict[str, str]:
    return dict(part.strip().split("=", 1) for part in policy.split(","))


@pytest.mark.slow
@SITE
def test_every_status_is_among_the_answers(site: str) -> None:
    assert {answer.status for answer in of(site).values()} >= {200, 204, 303, 400, 403, 404, 405, 410, 413, 422, 500}


@SITE
def test_every_answer_has_each_header_that_owasp_lists(site: str) -> None:
    for name, answer in of(site).items():
        for header, recommended in ADD.items():
            given = answer.all(header)
            if header == "Clear-Site-Data":
                assert EXCEPTIONS[header]
                assert not given or "sign-out" in name or "everywhere" in name, name
                continue
            if header == "Strict-Transport-Security" and site != "https":
                assert EXCEPTIONS["no HTTPS"]
                assert given == [], name
                continue
            assert len(given) == 1, f"{name}: {header}"
            if header == "Content-Security-Policy":
                assert_policy(name, given[0], is_body(name, answer))
            elif header == "Permissions-Policy":
                assert_features(name, given[0])
            elif header == "X-Frame-Options" and is_body(name, answer):
                assert given == ["SAMEORIGIN"], EXCEPTIONS["the body"]
            elif header == "Cache-Control" and is_asset(name, answer):
                assert given == ["public, max-age=31536000, immutable"], EXCEPTIONS["assets"]
            else:
                assert given[0].lower() == recommended.lower(), f"{name}: {header}"


def assert_policy(name: str, given: str, body: bool) -> None:
    """No source that the project's proposal does not allow."""
    found = directives(given)
    assert "upgrade-insecure-requests" not in found, EXCEPTIONS["upgrade-insecure-requests"]
    assert found["default-src"] == "'none'", name
    assert found["base-uri"] == found["object-src"] == "'none'", name
    assert found["form-action"] in ("'self'", "'none'"), name
    assert found["frame-ancestors"] == ("'self'" if body else "'none'"), name
    for directive in ("script-src", "connect-src", "frame-src"):
        assert found.get(directive, "'self'") == "'self'", name
    unsafe = {directive for directive, sources in found.items() if "unsafe" in sources or "*" in sources}
    assert unsafe == ({"style-src"} if body else set()), name
    assert ("sandbox" in found) == ("style-src" not in found or body), name


def assert_features(name: str, given: str) -> None:
    found, recommended = features(given), features(ADD["Permissions-Policy"])
    assert recommended.keys() - found.keys() == {"interest-cohort", "web-share"} <= EXCEPTIONS.keys()
    weaker = {feature for feature, who in found.items() if who != "()" and recommended.get(feature) == "()"}
    assert weaker == {"clipboard-write", "publickey-credentials-get"} <= EXCEPTIONS.keys(), name
    assert set(found.values()) <= {"()", "(self)"}, name


@SITE
def test_no_answer_has_a_header_that_owasp_would_remove(site: str) -> None:
    unwanted = {name.lower() for name in REMOVE}
    for name, answer in of(site).items():
        assert unwanted.isdisjoint(header.lower() for header, _ in answer.headers), name


@SITE
def test_no_answer_allows_another_origin(site: str) -> None:
    for name, answer in of(site).items():
        assert not [header for header, _ in answer.headers if header.lower().startswith("access-control")], name
        location = answer.header("Location")
        assert not location or re.match(r"/[msd]/[\w-]+", location), f"{name} leads to {location}"


@SITE
def test_every_answer_with_a_body_says_what_it_is_and_in_which_letters(site: str) -> None:
    for name, answer in of(site).items():
        if answer.body:
            kind = answer.header("Content-Type")
            assert kind, name
            if kind.startswith("text/"):
                assert "charset=utf-8" in kind.lower(), name
            length = answer.header("Content-Length")
            assert not length or int(length) == len(answer.body), name


@SITE
def test_every_cookie_is_bound(site: str) -> None:
    found = set()
    for name, answer in of(site).items():
        for cookie in answer.all("Set-Cookie"):
            key, *attributes = [part.strip() for part in cookie.split(";")]
            flags = {each.lower() for each in attributes if not re.match(r"(?i)max-age|expires", each)}
            found.add(key.partition("=")[0])
            wanted = {"path=/", "httponly", "samesite=lax"} | ({"secure"} if site == "https" else set())
            assert flags in (wanted, wanted - {"samesite=lax"} | {"samesite=strict"}), f"{name}: {cookie}"
            assert key.startswith("__Host-") == (site == "https"), f"{name}: {cookie}"
            assert len(cookie) < 4096, name
    assert {each.removeprefix("__Host-") for each in found} >= {"zegel", "zegel-language"}


@SITE
def test_no_answer_says_what_it_is_made_with(site: str) -> None:
    words = ("waitress", "bottle", "python", "jinja", "sqlite", "peewee", "traceback", "zegel/", "version")
    for name, answer in of(site).items():
        shown = answer.text if answer.header("Content-Type").startswith(("text/html", "text/plain")) else ""
        text = f"{answer.headers} {shown}".lower()
        assert [word for word in words if word in text] == [], name


def test_every_page_weighs_little_and_loads_nothing_from_elsewhere() -> None:
    browser = World().browser
    sizes: dict[str, int] = {}
    for name, answer in of("https").items():
        if not answer.header("Content-Type").startswith("text/html") or is_body(name, answer):
            continue
        loaded = re.findall(
            r'<(?:link rel="stylesheet" href|script src|img src|iframe[^>]* src)="([^"]+)"', answer.text
        )
        assert [each for each in loaded if not each.startswith("/") or each.startswith("//")] == [], name
        for each in set(loaded) - set(sizes):
            if not each.startswith("/m/"):
                sizes[each] = len(browser.get(each, HTTP_ACCEPT_ENCODING="gzip").body)
        assert len(answer.body) + sum(sizes.get(each, 0) for each in set(loaded)) < 40_000, name
    assert len(sizes) >= 3


def test_every_page_after_the_unlock_has_the_way_out() -> None:
    world, seen = World(), set()
    behind = {f"/m/<token>{path}" for method, path, _ in OPEN if method == "GET"}
    for each in world.addresses():
        world.come(INSIDE)
        if each.method == "GET" and each.rule in behind and not re.search("/body$|/print$", each.rule):
            answer = world.browser.get(each.path)
            if answer.status == 200 and answer.header("Content-Type").startswith("text/html"):
                assert f'action="{M}/sign-out"' in answer.text, each.rule
                seen.add(each.rule)
    assert len(seen) >= 8
