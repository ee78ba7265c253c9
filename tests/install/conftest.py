"""What runs on the machines that `run` makes is no test here."""

from __future__ import annotations

collect_ignore = ["guest.py", "old_database.py"]
