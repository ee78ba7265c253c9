"""Measurements of Zegel, each held against a named baseline in the same run: `python -m bench`."""
