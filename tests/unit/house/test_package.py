"""What the Debian package is made of; tests/install/run installs it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEB = ROOT / "tools" / "deb"
SCRIPTS = {"bash": ["build", "install-tree"], "sh": ["config", "postinst", "postrm", "preinst", "prerm"]}


@pytest.mark.parametrize(("shell", "name"), [(shell, name) for shell, names in SCRIPTS.items() for name in names])
def test_each_script_is_one_that_its_shell_reads(shell: str, name: str) -> None:
    text = (DEB / name).read_text()
    assert re.match(rf"#!/bin/{shell}\n", text)
    assert re.search(r"^set -e", text, re.MULTILINE), "it has to stop when something fails"
    assert subprocess.run([shell, "-n", str(DEB / name)], check=False).returncode == 0


def test_the_units_start_what_the_package_installs() -> None:
    """Another unit or timer is packed by its name alone."""
    home = re.search(r"^home=(.+)$", (DEB / "install-tree").read_text(), re.MULTILINE)
    assert home
    for unit in (ROOT / "systemd").glob("*.service"):
        assert re.search(rf"^ExecStart={home[1]}/\.venv/bin/zegel", unit.read_text(), re.MULTILINE), unit.name
    assert "systemd/zegel*.{service,timer,target}" in (DEB / "build").read_text()


def test_what_building_needs_is_listed() -> None:
    listed = {line.split()[1] for line in (ROOT / "tools/packages.txt").read_text().splitlines() if line[:4] == "deb "}
    needs = re.search(r"^Build-Depends: (.+)$", (DEB / "control").read_text(), re.MULTILINE)
    assert needs
    names = {each.split()[0] for each in needs[1].split(", ")} - {"debhelper-compat", "ca-certificates", "python3"}
    assert names <= listed


def test_no_file_of_settings_is_the_packages_own() -> None:
    """A conffile would be asked about, or replaced, at an upgrade; setup makes them, and nothing overwrites them."""
    assert "etc/" not in (DEB / "install-tree").read_text()
    assert not [path for path in DEB.iterdir() if path.name.endswith((".install", "conffiles"))]
