"""Makes what the first version left behind: a database of version 1 with a message for jan@post.example.

python -m tests.install.old_database FOLDER      prints the link of the message
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.support.cast import RECIPIENT, build
from tests.support.older_versions import as_version_1
from zegel.vault import opening


def main(folder: Path) -> None:
    """Keys of the time followed from the master key."""
    made = opening._keys
    opening._keys = lambda *words, used: made(*words, used=True)
    folder.mkdir(parents=True, exist_ok=True)
    built = build(folder)
    built.clock.now = time.time()
    (delivery,) = built.seal(RECIPIENT)
    link: Any = built.link(delivery)
    built.core.close()
    as_version_1(folder)
    print(link)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
