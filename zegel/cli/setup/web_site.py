"""The site of nginx or Apache in front of the portal."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from zegel.cli.setup.answers import Answers
from zegel.cli.setup.machine import SYSTEMD, NotReady, is_running, run
from zegel.settings.model import Portal

ROOT = Path("/")
MARK = "# Written by zegel setup, and taken out by zegel remove."
_ROOM = 1.2
"""Of a reply that a browser uploads, to the files in it."""

_NGINX = """\
{mark}
server {{
    listen {port} ssl;{six}
    server_name {host};
    ssl_certificate     {certificate};
    ssl_certificate_key {key};
    # The addresses of pages are keys: they belong in no log.
    access_log off;
    error_log /var/log/nginx/error.log crit;
    location / {{
        client_max_body_size {size}m;
        proxy_pass http://{portal};
        proxy_set_header Host $host;
        # What a recipient downloads is clear text: never on this disk.
        proxy_max_temp_file_size 0;
    }}
}}
"""
_APACHE = """\
{mark}
<VirtualHost *:{port}>
    ServerName {host}
    SSLEngine on
    SSLCertificateFile {certificate}
    SSLCertificateKeyFile {key}
    # The addresses of pages are keys: they belong in no log.
    CustomLog /dev/null common
    LogLevel crit
    LimitRequestBody {size}000000
    ProxyRequests Off
    ProxyPreserveHost On
    ProxyPass / http://{portal}/
</VirtualHost>
"""
_MODULES = ("proxy", "proxy_http", "ssl")


@dataclass(frozen=True, slots=True)
class Site:
    """A site as it has to be."""

    server: str
    file: Path
    link: Path
    """What enables it."""
    text: str

    @property
    def is_there(self) -> bool:
        """Also with changes of somebody else, as long as name, certificate and portal are these."""
        try:
            text = self.file.read_text("utf-8")
        except OSError:
            return False
        return self.link.exists() and _facts(self.text) <= _facts(text)

    def install(self) -> None:
        """Writes and enables it, and has the server load it. Raises NotReady; then all is as it was."""
        before = self.file.read_bytes() if self.file.exists() else None
        was_enabled = self.link.is_symlink() or self.link.exists()
        self.file.write_text(self.text, "utf-8")
        try:
            if self.server == "apache":
                run("a2enmod", "--quiet", *_MODULES)
            if not was_enabled and self.link != self.file:
                self.link.symlink_to(self.file)
            run(*_TEST[self.server])
        except (NotReady, OSError):
            if not was_enabled and self.link != self.file:
                self.link.unlink(missing_ok=True)
            self.file.unlink() if before is None else self.file.write_bytes(before)
            raise
        _load(self.server)


_TEST = {"nginx": ("nginx", "-t", "-q"), "apache": ("apache2ctl", "configtest")}
_SERVICE = {"nginx": "nginx.service", "apache": "apache2.service"}


def site(answers: Answers, portal: Portal, reply_size: int) -> Site | None:
    """The site that is wanted; None when there is to be none. Raises NotReady when one is wanted and cannot be."""
    server = answers.web_server
    if server == "none" or not answers.portal.startswith("https://"):
        return None
    there = [name for name, places in _places().items() if places[0].parent.is_dir()]
    if server == "auto":
        if not there:
            raise NotReady("no web server is here. Install nginx or apache2, or answer web_server: none if another one "
                           "stands in front of the portal (docs/operations.md)")  # fmt: skip
        server = "nginx" if "nginx" in there else "apache"
    if server not in there:
        raise NotReady(f"web_server: {server} is not installed here; install it, or answer another one")
    file, link = _places()[server]
    live = ROOT / "etc/letsencrypt/live" / answers.host
    found = _certificate_of(file) or (live / "fullchain.pem", live / "privkey.pem")
    certificate, key = answers.certificate or found[0], answers.certificate_key or found[1]
    _check_certificate(certificate, key, answers.host)
    text = {"nginx": _NGINX, "apache": _APACHE}[server].format(
        mark=MARK,
        host=answers.host,
        port=answers.portal.removeprefix("https://").partition(":")[2] or "443",
        six="\n    listen [::]:443 ssl;" if _has_ipv6() and ":" not in answers.portal[8:] else "",
        certificate=certificate,
        key=key,
        size=int(reply_size * _ROOM / 1_000_000) + 1,
        portal=f"{portal.host}:{portal.port}",
    )
    return Site(server, file, link, text)


def installed() -> list[Path]:
    """The sites that setup wrote, on any of the servers."""
    files = [file for file, _ in _places().values()]
    return [file for file in files if file.is_file() and file.read_text("utf-8", "replace").startswith(MARK)]


def remove(file: Path) -> None:
    """Takes a site out. Raises NotReady when the server does not load the rest."""
    server, (_, link) = next(each for each in _places().items() if each[1][0] == file)
    link.unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    _load(server)


def _load(server: str) -> None:
    if SYSTEMD.exists() and is_running(_SERVICE[server]):
        # Apache loads a new module only when it starts.
        run("systemctl", "restart" if server == "apache" else "reload", _SERVICE[server])
    elif SYSTEMD.exists():
        run("systemctl", "start", _SERVICE[server])


def _places() -> dict[str, tuple[Path, Path]]:
    """Where each server has its sites, and what enables them."""
    nginx, apache = ROOT / "etc/nginx", ROOT / "etc/apache2"
    own = (nginx / "sites-available/zegel.conf", nginx / "sites-enabled/zegel.conf")
    if not own[0].parent.is_dir():  # as the packages of nginx.org have it
        own = (nginx / "conf.d/zegel.conf", nginx / "conf.d/zegel.conf")
    return {"nginx": own, "apache": (apache / "sites-available/zegel.conf", apache / "sites-enabled/zegel.conf")}


def _check_certificate(certificate: Path, key: Path, host: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except FileNotFoundError:
        raise NotReady(
            f"there is no certificate for {host}: {certificate} and {key} have to be there. Get one (certbot certonly "
            f"--standalone -d {host}), or name yours: --certificate FILE --certificate-key FILE"
        ) from None
    except (ssl.SSLError, OSError) as error:
        raise NotReady(f"{certificate} and {key} are no certificate and its key: {error}") from None


def _certificate_of(file: Path) -> tuple[Path, Path] | None:
    """Certificate and key that a site names which setup wrote."""
    if file not in installed():
        return None
    lines = (line.strip().rstrip(";").split(None, 1) for line in file.read_text("utf-8").splitlines())
    named = {line[0].lower().replace("_", "").removesuffix("file"): line[1] for line in lines if len(line) == 2}
    found = named.get("sslcertificate"), named.get("sslcertificatekey")
    return (Path(found[0]), Path(found[1])) if found[0] and found[1] else None


def _facts(text: str) -> set[str]:
    """The lines that say which site it is."""
    words = ("server_name", "ssl_certificate", "proxy_pass", "ServerName", "SSLCertificate", "ProxyPass ")
    return {" ".join(line.split()) for line in text.splitlines() if line.strip().startswith(words)}


def _has_ipv6() -> bool:
    try:
        return bool(Path("/proc/net/if_inet6").read_text("ascii"))
    except OSError:
        return False
