"""A process that seals as the milter does, for test_keys_apart.py, which then reads its memory.

Usage: sealing_process.py FOLDER NOW. It says "sealed" and waits until its input ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from zegel.sealing_core import open_sealing_core
from zegel.settings.model import load_settings
from zegel.settings.storage import SEALING_KEY

if __name__ == "__main__":
    folder, now = Path(sys.argv[1]), float(sys.argv[2])
    core = open_sealing_core(load_settings(folder / "zegel.yaml", SEALING_KEY), lambda: now, patience=0)
    key = core.vault.new_data_key(1, now + core.settings.retention.days * 86_400)
    key.seal_original(b"a mail of now")
    print("sealed", flush=True)
    sys.stdin.read()
