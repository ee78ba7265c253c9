"""zegel.yaml: every wrong file in tests/bad_settings is refused with the place and the hint that it expects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cast import SETTINGS
from zegel.database_address import Address
from zegel.settings.model import load_settings, settings_path
from zegel.theme.contrast import contrast
from zegel.vault.keys import write_master_key
from zegel.yamlfile import FileProblems

BAD = sorted(Path(__file__).parents[2].joinpath("bad_settings").glob("*.yaml"))


def problems_of(path: Path) -> list[str]:
    with pytest.raises(FileProblems) as raised:
        load_settings(path)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_at_its_line(path: Path) -> None:
    expected = re.findall(r"^# expect: (\d+:\d+: )(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    found = problems_of(path)
    assert expected
    for place, text in expected:
        assert any(line.startswith(f"{path}:{place}") and text in line for line in found), (place, text, found)
    assert len(found) <= len(expected)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "zegel.yaml").write_text(SETTINGS, encoding="utf-8")
    write_master_key(tmp_path / "master.key")
    return tmp_path / "zegel.yaml"


def test_a_good_file_loads_and_its_paths_start_at_its_folder(good: Path) -> None:
    settings = load_settings(good)
    assert settings.storage.database == good.parent / "zegel.db"
    assert settings.own_address == "no-reply@kliniek.example"


def test_a_key_that_others_can_read_is_refused(good: Path) -> None:
    (good.parent / "master.key").chmod(0o440)
    (problem,) = problems_of(good)
    assert problem.startswith(f"{good}:5:") and "can be read by others (mode 0440); run: chmod 0400" in problem


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "0" * 63])
def test_a_key_file_that_holds_no_key_is_refused(good: Path, content: str) -> None:
    key = good.parent / "master.key"
    key.chmod(0o600)
    key.write_text(content, encoding="ascii")
    assert "is not 64 hexadecimal digits" in problems_of(good)[0]
    assert not content or content not in problems_of(good)[0].replace(str(key), "")


def test_a_systemd_credential_comes_before_the_setting(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = good.parent / "credentials"
    folder.mkdir()
    (good.parent / "master.key").rename(folder / "master.key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert load_settings(good)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "nowhere.yaml") == [
        f"{tmp_path / 'nowhere.yaml'}:0:0: no such file; create it or give another path"
    ]


def test_a_file_that_is_not_utf8_says_where(tmp_path: Path) -> None:
    path = tmp_path / "zegel.yaml"
    path.write_bytes(b"organisation:\n  name: K\xe9\n")
    assert problems_of(path) == [f"{path}:2:1: not UTF-8; save the file as UTF-8"]


def test_the_path_is_what_was_given_then_the_environment_then_etc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEGEL_CONFIG", "/from/environment")
    assert settings_path("/given") == Path("/given")
    assert settings_path() == Path("/from/environment")
    monkeypatch.delenv("ZEGEL_CONFIG")
    assert settings_path() == Path("/etc/zegel/zegel.yaml")


def test_contrast_follows_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("organisation", "replies", "address"),
    [
        ("", "", "no-reply@kliniek.example"),
        ("balie@kliniek.example", "", "balie@kliniek.example"),
        ("balie@elders.example", "", "no-reply@kliniek.example"),
        ("balie@kliniek.example", "antwoord@Zörg.example", "antwoord@xn--zrg-sna.example"),
    ],
)
def test_replies_come_from_an_address_of_our_own_that_any_server_can_write(
    good: Path, organisation: str, replies: str, address: str
) -> None:
    text = good.read_text(encoding="utf-8").replace("De Kliniek}", f'De Kliniek, address: "{organisation}"}}')
    text = text.replace("[kliniek.example]", "[kliniek.example, zörg.example]")
    good.write_text(f'{text}replies: {{address: "{replies}"}}\n', encoding="utf-8")
    assert load_settings(good).reply_address == address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://zegel:geheim@db/zegel",
        "postgresql://db/zegel?user=x&password=geheim",
        "POSTGRES://zegel:geheim@db/",
        "postgresql:geheim",
        "postgresql://db:port/geheim",
        "sqlite:zegel.db",
        "mysql+x:geheim",
    ],
)
def test_an_address_that_cannot_be_used_or_has_a_password_is_refused_and_not_quoted(good: Path, address: str) -> None:
    good.write_text(good.read_text(encoding="utf-8").replace("database: zegel.db", f'database: "{address}"'))
    (problem,) = problems_of(good)
    assert any(hint in problem for hint in ("write a path", "write postgresql://", "database_password", "no number"))
    assert address not in problem and "geheim" not in problem


@pytest.mark.parametrize("address", ["postgresql:///zegel", "postgres://zegel@db.kliniek.example:5433/post?sslmode=x"])
def test_a_database_of_a_server_has_its_files_beside_the_key_ring(
    good: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    storage = f'{{database: "{address}", database_password: wachtwoord, keyring: sleutels/ring.db, '
    good.write_text(good.read_text(encoding="utf-8").replace("{database: zegel.db, keyring: keyring.db, ", storage))
    assert "cannot be read from" in problems_of(good)[0]
    (good.parent / "wachtwoord").write_text("geheim")
    (good.parent / "wachtwoord").chmod(0o604)
    assert "can be read by others (mode 0604); run: chmod o=" in problems_of(good)[0]
    (good.parent / "wachtwoord").chmod(0o640)
    settings = load_settings(good).storage
    assert settings.folder == good.parent / "sleutels" and settings.policies.parent == settings.folder
    assert settings.place == Address(address, settings.folder, good.parent / "wachtwoord")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(good.parent))
    (good.parent / "database.password").write_text("geheim")
    place = settings.place
    assert isinstance(place, Address) and place.password_file == good.parent / "database.password"
