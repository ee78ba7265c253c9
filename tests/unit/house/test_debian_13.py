"""What Debian 13 does otherwise than 12, played by programs in the PATH where this machine has only one of the two."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from demo.postfix_config import basics
from demo.private_postfix import PrivatePostfix
from zegel.message.base.file_types import file_type

ROOT = Path(__file__).resolve().parents[3]


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    folder.joinpath(name).write_text(f"#!/bin/sh\n{script}\n")
    folder.joinpath(name).chmod(0o755)


@pytest.mark.parametrize("below", ["etc", "etc/../etc"])
def test_the_script_works_in_the_folder_that_was_named(tmp_path: Path, below: str) -> None:
    tmp_path.joinpath("etc").mkdir()
    tmp_path.joinpath("etc/main.cf").write_text("")
    program(tmp_path / "bin", "postconf", "echo /etc/postfix")  # as 3.10 does soon after a change
    code = "import sys, postconf; print(postconf.Postfix(sys.argv[1]).folder)"
    answer = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / below)],
        env=os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "postfix")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == str(tmp_path.resolve() / "etc")


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "postfix/zegel-postfix"), "-c", str(tmp_path), "show"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode
    assert "main.cf" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_parameter_that_newer_postfix_warns_of(tmp_path: Path) -> None:
    assert "disable_dns_lookups" not in basics(tmp_path, tmp_path / "mail.log")


@pytest.mark.parametrize("before", [None, 0o600, 0o644])
def test_the_log_can_be_read_and_keeps_what_it_holds(tmp_path: Path, before: int | None) -> None:
    log = tmp_path / "mail.log"
    if before is not None:
        log.write_text("earlier\n")
        log.chmod(before)
    PrivatePostfix(tmp_path, 1, log, sink=("127.0.0.1", 2))._open_log()
    assert os.access(log, os.R_OK)
    assert log.read_text() == ("" if before is None else "earlier\n")


def test_a_package_with_two_names_is_looked_for_by_both() -> None:
    setup = ROOT.joinpath("tools/setup").read_text()
    names = [line.split()[1] for line in ROOT.joinpath("tools/packages.txt").read_text().splitlines() if line[0] != "#"]
    assert "libmagic1|libmagic1t64" in names
    found = re.search(r"if ! (grep .*) <<<", setup)
    assert found
    for installed, missing in (("libmagic1", False), ("libmagic1t64", False), ("libmagic1x", True)):
        script = f"package='libmagic1|libmagic1t64'; {found[1]} <<<$'gcc\\n{installed}'"
        assert (subprocess.run(["bash", "-c", script], check=False).returncode != 0) == missing, installed


@pytest.mark.parametrize("name", ["a", "brief.txt", "map/é.csv", "mimetype"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_has_its_type_with_any_libmagic(name: str, method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(name, b"inhoud")
    monkeypatch.setattr("magic.Magic.from_buffer", lambda *_: "application/octet-stream")  # as 5.46 answers to some
    assert file_type(packed.getvalue()) == "application/zip"
