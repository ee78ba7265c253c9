"""The web site that `zegel setup` writes: what the portal needs, what the server refuses, what is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.test_setup import GOOD, given
from zegel.cli.setup import web_site
from zegel.cli.setup.machine import NotReady
from zegel.settings.model import Portal


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nginx and a certificate of certbot."""
    monkeypatch.setattr(web_site, "ROOT", tmp_path)
    live = tmp_path / "etc/letsencrypt/live/veilig.kliniek.example"
    live.mkdir(parents=True)
    for folder in ("sites-available", "sites-enabled"):
        tmp_path.joinpath("etc/nginx", folder).mkdir(parents=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-out", live / "fullchain.pem",
         "-keyout", live / "privkey.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return live


def test_a_site_has_what_the_portal_needs_and_is_left_alone_when_it_is_right(certificate: Path, tmp_path: Path) -> None:
    portal = Portal(url="https://veilig.kliniek.example", port=8089)
    site = web_site.site(given(tmp_path), portal, 25_000_000)
    assert site is not None and site.server == "nginx" and not site.is_there
    for line in ("access_log off;", "proxy_max_temp_file_size 0;", "proxy_pass http://127.0.0.1:8089;",
                 "client_max_body_size 31m;", f"ssl_certificate     {certificate}/fullchain.pem;"):  # fmt: skip
        assert line in site.text
    site.file.write_text(site.text.replace("}\n}", "}\n    add_header X-Mine 1;\n}"))
    site.link.symlink_to(site.file)
    assert site.is_there
    assert web_site.installed() == [site.file]
    site.link.unlink()
    assert not site.is_there
    moved = given(tmp_path, GOOD.replace("veilig.kliniek", "post.kliniek"))
    other = web_site.site(moved, portal, 25_000_000)  # the certificate is the one that the site names
    assert other is not None and str(certificate / "privkey.pem") in other.text


def test_a_site_that_the_server_refuses_leaves_nothing(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = web_site.site(given(tmp_path), Portal(url="https://veilig.kliniek.example"), 1)
    assert site is not None
    monkeypatch.setitem(web_site._TEST, "nginx", ("false",))
    with pytest.raises(NotReady):
        site.install()
    assert not site.file.exists() and not site.link.is_symlink()


def test_what_is_missing_for_a_site_is_said(certificate: Path, tmp_path: Path) -> None:
    portal = Portal(url="https://veilig.kliniek.example")
    with pytest.raises(NotReady, match="apache is not installed"):
        web_site.site(given(tmp_path, GOOD + "web_server: apache\n"), portal, 1)
    assert web_site.site(given(tmp_path, GOOD + "web_server: none\n"), portal, 1) is None
    certificate.joinpath("privkey.pem").write_text("nonsense")
    with pytest.raises(NotReady, match="no certificate and its key"):
        web_site.site(given(tmp_path), portal, 1)
    certificate.joinpath("privkey.pem").unlink()
    with pytest.raises(NotReady, match="certbot certonly"):
        web_site.site(given(tmp_path), portal, 1)
