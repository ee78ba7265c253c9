"""The baseline of the portal: a Bottle page that does nothing, served by waitress as the portal is.

Usage: python -m bench.idle_page PORT
"""

from __future__ import annotations

import sys

import bottle
import waitress


def main(port: int) -> None:
    """Until it is killed."""
    app = bottle.Bottle()
    app.route("/", "GET", lambda: "<!DOCTYPE html><title>nothing</title>")
    waitress.serve(app, host="127.0.0.1", port=port, threads=8, _quiet=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
