"""The list of parts that `make sbom` writes: everything that a server gets, with its version and hashes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import zegel

ROOT = Path(__file__).resolve().parents[2]
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+).*?((?:\s+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)


def test_the_list_of_parts_names_all_that_a_server_gets(tmp_path: Path) -> None:
    made = tmp_path / "parts.json"
    subprocess.run([ROOT / "tools" / "release", "sbom", made], check=True, timeout=600, capture_output=True)
    parts = json.loads(made.read_text("utf-8"))
    about = parts["metadata"]["component"]
    assert (parts["bomFormat"], about["name"], about["version"]) == ("CycloneDX", "zegel", zegel.__version__)
    text = (ROOT / "tools" / "locked" / "server.txt").read_text("utf-8").replace("\\\n", " ")
    locked = {
        (name, version): set(re.findall(r"[0-9a-f]{64}", hashes)) for name, version, hashes in _LOCKED.findall(text)
    }
    assert len(locked) == len(re.findall(r"(?m)^[^#\s]", text)), "every line is understood"
    listed = {
        (part["name"], part["version"]): {
            each["content"] for reference in part["externalReferences"] for each in reference["hashes"]
        }
        for part in parts["components"]
    }
    assert listed == locked
