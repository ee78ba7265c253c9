"""What is installed: exact versions, known by their hashes, and nothing else; and what is known against them."""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[3]
LOCKED = ROOT / "tools" / "locked"
ADVISORIES = os.environ.get("ZEGEL_ADVISORIES", "")
"""A folder of advisories in OSV's format (https://ossf.github.io/osv-schema/), for this ecosystem."""
BUILDERS = {"setuptools", "wheel"}


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The requirements of a list with their hashes."""
    text = (LOCKED / name).read_text("utf-8").replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line.partition("--hash")[0].strip())
            found[canonicalize_name(requirement.name)] = requirement, re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
    return found


def versions(name: str) -> dict[str, str]:
    """What a list installs here."""
    here = {name: requirement for name, (requirement, _) in locked(name).items()}
    return {
        name: str(requirement.specifier).removeprefix("==")
        for name, requirement in here.items()
        if requirement.marker is None or requirement.marker.evaluate()
    }


def needed(section: str, key: str) -> set[str]:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    return {canonicalize_name(line) for line in settings[section][key].split()}


def pinned() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


@pytest.mark.parametrize("name", ["server.txt", "dev.txt", "build.txt", "release.txt", "node.txt"])
def test_all_that_is_needed_is_locked_by_hash(name: str) -> None:
    for requirement, hashes in locked(name).values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert hashes, requirement


def test_the_lists_are_those_of_setup_cfg_and_constraints() -> None:
    """Else `make lock` was forgotten."""
    server, dev = versions("server.txt"), versions("dev.txt")
    assert needed("options", "install_requires") <= set(server)
    assert needed("options.extras_require", "dev") <= set(dev)
    assert server.items() <= dev.items() <= pinned().items()
    assert not BUILDERS & set(dev)


@pytest.mark.skipif(not Path(sys.prefix, ".made-from").exists(), reason="this environment is not of tools/setup")
def test_nothing_else_is_installed() -> None:
    ours = ("pip", "zegel")
    here = {canonicalize_name(each.name): each.version for each in distributions() if each.name not in ours}
    assert here == versions("dev.txt")


def affected(name: str, version: str, advisories: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The advisories that a version of a package is affected by."""
    for advisory in advisories:
        entries = [] if advisory.get("withdrawn") else advisory.get("affected", ())
        ours = [each for each in entries if _package(each) == name]
        if any(_covers(each, Version(version)) for each in ours):
            yield str(advisory["id"])


def _package(entry: Mapping[str, Any]) -> str:
    package = entry.get("package", {})
    return canonicalize_name(package["name"]) if package.get("ecosystem") == "PyPI" else ""


def _covers(entry: Mapping[str, Any], version: Version) -> bool:
    if any(_same(listed, version) for listed in entry.get("versions", ())):
        return True
    return any(_within(each["events"], version) for each in entry.get("ranges", ()) if each.get("type") == "ECOSYSTEM")


def _within(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """Whether a version is in a range, by OSV's rules: events in order, each switches."""
    inside = False
    for kind, value in sorted(((*event.items(),)[0] for event in events), key=lambda each: _order(each[1])):
        if kind == "introduced" and (value == "0" or version >= Version(value)):
            inside = True
        elif (kind == "fixed" and version >= Version(value)) or (kind == "last_affected" and version > Version(value)):
            inside = False
    return inside


def _order(value: str) -> Version:
    return Version("0.dev0" if value == "0" else value)


def _same(listed: str, version: Version) -> bool:
    try:
        return Version(listed) == version
    except InvalidVersion:
        return False


RANGE = {"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}]}


@pytest.mark.parametrize(
    ("entry", "version", "hit"),
    [
        ({"ranges": [RANGE]}, "1.4.9", True),
        ({"ranges": [RANGE]}, "1.5", False),
        ({"ranges": [RANGE]}, "0.9", False),
        ({"ranges": [RANGE]}, "2.0.1", True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "3"}]}]}, "3.0", True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "3"}]}]}, "3.1", False),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, "1.0", False),
        ({"versions": ["1.0.0", "not a version"]}, "1.0", True),
    ],
)
def test_an_advisory_is_about_the_versions_that_it_names(entry: dict[str, Any], version: str, hit: bool) -> None:
    package = {"ecosystem": "PyPI", "name": "Some_Package"}
    advisory = {"id": "X-1", "affected": [{"package": package, **entry}]}
    assert list(affected("some-package", version, [advisory])) == (["X-1"] if hit else [])
    assert not list(affected("another", version, [advisory]))
    assert not list(affected("some-package", version, [{**advisory, "withdrawn": "2026-01-01T00:00:00Z"}]))


@pytest.mark.skipif(not ADVISORIES, reason="ZEGEL_ADVISORIES names no folder of advisories; `make audit` asks PyPI")
def test_nothing_is_known_against_what_a_server_gets() -> None:
    advisories = [json.loads(path.read_text("utf-8")) for path in sorted(Path(ADVISORIES).rglob("*.json"))]
    assert advisories, "the folder has no advisories"
    known = {name: list(affected(name, version, advisories)) for name, version in versions("server.txt").items()}
    assert {name: found for name, found in known.items() if found} == {}
