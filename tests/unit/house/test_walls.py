"""The walls of the house: who may import whom, and that every room says what it contains."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LEAVES = ("milter", "courier", "portal", "console")
SHARED = ("web",)
"""What the processes with pages share: no process, and packed like one."""

FLOORS = (
    "zegel.packing zegel.figures zegel.log_format zegel.csv_cells zegel.secret_file",
    "zegel.errors zegel.delivery_error zegel.yamlfile zegel.yaml_edit zegel.crypto zegel.way_names "
    "zegel.postfix_listener",
    "zegel.database_address",
    "zegel.pairs",
    "zegel.mail",
    "zegel.theme zegel.i18n zegel.http_exchange",
    "zegel.settings",
    "zegel.message.text",
    "zegel.message.base zegel.message.mime",
    "zegel.message.formats",
    "zegel.message",
    "zegel.policy.detectors",
    "zegel.policy.search",
    "zegel.policy",
    "zegel.policy.language",
    "zegel.vault.tables zegel.vault.engines",
    "zegel.vault",
    "zegel.recipients zegel.sms",
    "zegel.unlock",
    "zegel.senders zegel.notices zegel.direct",
    "zegel.conversations",
    "zegel.core zegel.sealing_core zegel.offers zegel.ownership",
    "zegel.sealing zegel.rules_history zegel.replay zegel.person_data zegel.number_files",
    "zegel.officers zegel.shared_replies",
    "zegel.intake zegel.startup",
    "zegel.cli",
    "zegel_web.multipart zegel_web.request_framing zegel_web.responses zegel_web.fields zegel_web.malloc",
    "zegel_web.request_bodies zegel_web.hosts zegel_web.refusal zegel_web.user_agent zegel_web.numbers",
    "zegel_web",
    "zegel_portal.budgets",
    "zegel_portal.files zegel_portal.http zegel_portal.convert",
    "zegel_portal.mail",
    "zegel_portal.site",
    "zegel_portal.guard zegel_portal.views",
    "zegel_portal.routes",
    "zegel_portal.app",
    "zegel_portal.main",
    "zegel_console.forms zegel_console.plots zegel_console.cut_words zegel_console.detector_names",
    "zegel_console.rule_words",
    "zegel_console.why_words",
    "zegel_console.server",
    "zegel_console.visit",
    "zegel_console.pages",
    "zegel_console.site",
    "zegel_console.views zegel_console.guard",
    "zegel_console.app",
    "zegel_console.main",
)
"""The rooms, lowest floor first. A room imports from lower floors only, so no two can need each other."""
BARRED = (
    ("zegel.message", ("zegel.policy", "zegel.vault", "zegel.notices", "zegel.recipients", "zegel.unlock")),
    ("zegel.policy", ("zegel.vault", "zegel.notices", "zegel.recipients", "zegel.unlock", "zegel.settings")),
    ("zegel.vault", ("zegel.policy", "zegel.message", "zegel.settings")),
    ("zegel.notices", ("zegel.vault", "zegel.policy")),
    ("zegel.mail", ("zegel.settings", "zegel.message")),
)
"""What a room must not know although it is on a lower floor, or may not know at all."""


SEALS = (
    *("milter", "zegel/intake.py", "zegel/sealing.py", "zegel/sealing_core.py", "zegel/shared_replies.py"),
    *("zegel/offers.py", "zegel/ownership.py", "zegel/direct/deliveries.py", "zegel/recipients/preferences.py"),
    *(f"zegel/conversations/{name}.py" for name in ("answers", "bounces", "circle", "loops")),
    *(f"zegel/vault/{name}.py" for name in ("sealing_vault", "opening_to_seal", "ring_file")),
)
"""What the milter's way from a message to the database consists of."""
OPENS = ("zegel.core", "zegel.vault.vault", "zegel.vault.keys.Keys", "zegel.vault.keyring.Keyring")
"""What has keys that open, or the master key."""


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports by name, wherever in the file; `.sibling` for a relative one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module and not node.level)


def top(module: str) -> str:
    return module.split(".")[0]


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    parts[0] = f"zegel_{parts[0]}" if parts[0] in (*LEAVES, *SHARED) else parts[0]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor.split()}


def room_of(module: str) -> str | None:
    """The room that a module is in; None for what is not ours."""
    while module and module not in FLOOR_OF:
        module = module.rpartition(".")[0]
    return module or None


@pytest.mark.parametrize("leaf", (*LEAVES, *SHARED))
def test_a_leaf_is_no_package_because_pymilter_owns_its_name(leaf: str) -> None:
    assert not (ROOT / leaf / "__init__.py").exists()


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaves_never_import_each_other(leaf: str) -> None:
    others = {f"zegel_{other}" for other in LEAVES if other != leaf}
    found = [(path.name, name) for path in python_files(leaf) for name in imports(path) if top(name) in others]
    assert found == []


def test_what_is_shared_imports_no_process() -> None:
    barred = {f"zegel_{leaf}" for leaf in LEAVES}
    found = [(path.name, name) for path in python_files(*SHARED) for name in imports(path) if top(name) in barred]
    assert found == []


def test_the_core_imports_no_leaf_and_neither_milter_nor_bottle() -> None:
    barred = {"Milter", "milter", "mime", "bottle", "waitress", *(f"zegel_{leaf}" for leaf in (*LEAVES, *SHARED))}
    files = python_files("zegel")
    assert files
    assert [(path.name, name) for path in files for name in imports(path) if top(name) in barred] == []


def test_leaves_are_imported_by_their_installed_names() -> None:
    """By its folder's name a module would exist twice, each with a state of its own."""
    files = python_files(*LEAVES, *SHARED, "zegel", "demo", "bench", "tests")
    barred = ("milter.", "courier.", "portal.", "console.", "web.")  # `milter` alone is pymilter's own
    found = [(path.name, name) for path in files for name in imports(path) if name.startswith(barred)]
    assert found == []


def test_every_module_is_in_a_room() -> None:
    modules = {module_of(path) for path in python_files("zegel", "web", "portal", "console")} - {"zegel"}
    assert [module for module in sorted(modules) if room_of(module) is None] == []


def test_what_seals_knows_nothing_that_opens() -> None:
    files = [path for each in SEALS for path in (python_files(each) if "." not in each else [ROOT / each])]
    barred = [(path.name, name) for path in files for name in imports(path) if name in OPENS]
    assert barred == []


def test_imports_point_down() -> None:
    wrong = []
    for path in python_files("zegel", "web", "portal", "console"):
        here = room_of(module_of(path))
        for name in imports(path):
            there = room_of(name)
            if here and there and there != here and FLOOR_OF[there] >= FLOOR_OF[here]:
                wrong.append((str(path.relative_to(ROOT)), name))
    assert wrong == []


@pytest.mark.parametrize(("room", "barred"), BARRED, ids=[room for room, _ in BARRED])
def test_a_room_does_not_know_what_it_must_not(room: str, barred: tuple[str, ...]) -> None:
    files = python_files(room.replace(".", "/"))
    assert files
    assert [(path.name, name) for path in files for name in imports(path) if name.startswith(barred)] == []


def test_domains_are_read_by_one_function() -> None:
    """Python's codec is IDNA 2003, which finds one name where the DNS and Postfix have two."""
    files = [each for each in python_files("zegel", *LEAVES, *SHARED) if each != ROOT / "zegel/mail/domains.py"]
    codec = re.compile(r"""code\(["']idna["']|^import idna|^from idna""", re.MULTILINE)
    assert [path.name for path in files if codec.search(path.read_text(encoding="utf-8"))] == []


def test_every_package_says_what_it_contains() -> None:
    packages = [path for path in python_files("zegel") if path.name == "__init__.py"]
    assert [str(path) for path in packages if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_every_room_of_a_leaf_is_described() -> None:
    """Leaves have no __init__.py, so docs/flow.md says what their folders contain."""
    text = (ROOT / "docs/flow.md").read_text()
    rooms = {path.parent.relative_to(ROOT) for path in python_files(*LEAVES, *SHARED)}
    assert [str(room) for room in sorted(rooms) if f"`{room}/`" not in text] == []


def test_every_path_in_the_documentation_exists() -> None:
    named = re.compile(
        r"`((?:zegel|milter|courier|portal|console|web|postfix|systemd|tests|demo|bench|docs|tools|profiles)/[\w./-]*)`"
    )
    missing = []
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        paths = [path for path in named.findall(page.read_text()) if "/it.po" not in path]  # the guide's new language
        missing += [(page.name, path) for path in paths if not (ROOT / path).exists()]
    assert missing == []
