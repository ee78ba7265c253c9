"""The house rules: who may import whom, how long a file may be, and that documentation keeps up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from pathlib import Path

import pytest
from pydantic import BaseModel

from zegel.settings.model import Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
LEAVES = ("milter", "courier", "portal", "console", "web")
LONGEST_FILE = 300
PNG = b"\x89PNG\r\n\x1a\n"


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports by name, wherever in the file; `.sibling` for a relative one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def top(module: str) -> str:
    return module.split(".")[0]


# Files.


def test_files_stay_short() -> None:
    files = python_files("zegel", *LEAVES, "demo", "bench", "tests")
    files += [
        ROOT / "postfix/zegel-postfix",
        *ROOT.glob("postfix/*.py"),
        ROOT / "tools/setup",
        ROOT / "Makefile",
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


# Documentation keeps up.


def documentation() -> str:
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    return "\n".join(path.read_text() for path in files)


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"setup", "demo", "test", "quick", "lint", "bench", "fuzz"} <= set(targets)
    text = documentation()
    assert [target for target in targets if f"make {target}" not in text] == []


def test_every_unit_is_documented() -> None:
    text = documentation()
    assert [path.name for path in (ROOT / "systemd").iterdir() if path.name not in text] == []


def test_every_option_of_the_postfix_script_is_documented() -> None:
    script = (ROOT / "postfix/zegel-postfix").read_text()
    options = re.findall(r'add\("(-[a-z-]+)"', script)
    assert len(options) == 10
    text = documentation()
    assert [option for option in options if option not in text] == []


# zegel.yaml, as it is shipped.


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A master key where systemd would put it, so that the shipped file can be loaded as it is."""
    file = tmp_path / "master.key"
    file.write_text("ab" * 32)
    file.chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


def everything_on(text: str) -> str:
    """The file with every default switched on: `#` goes where it is not followed by one blank and prose."""
    return re.sub(r"^#(?=\S|  )", "", text, flags=re.MULTILINE)


def keys(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def value(settings: BaseModel, key: str) -> object:
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def written(document: object, leaves: Set[str], before: str = "") -> Iterator[str]:
    """The keys of a document; what stands below one of `leaves` is its value."""
    if isinstance(document, dict) and before not in leaves:
        for name, inside in document.items():
            yield from written(inside, leaves, f"{before}.{name}" if before else str(name))
    else:
        yield before


def test_the_shipped_settings_load(key: None) -> None:
    assert load_settings(ROOT / "zegel.yaml").domains == ("clinic.example",)


def test_every_setting_stands_in_the_shipped_file_with_its_default(key: None, tmp_path: Path) -> None:
    import yaml

    text = everything_on((ROOT / "zegel.yaml").read_text())
    (tmp_path / "zegel.yaml").write_text(text)
    (tmp_path / "logo.png").write_bytes(PNG)
    assert sorted(written(yaml.safe_load(text), set(keys(Settings)))) == sorted(keys(Settings))
    shipped, chosen = load_settings(tmp_path / "zegel.yaml"), load_settings(ROOT / "zegel.yaml")
    examples = {"organisation.logo"}
    differing = [name for name in keys(Settings) if value(shipped, name) != value(chosen, name)]
    assert set(differing) == examples
