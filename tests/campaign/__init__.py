"""Kills of everything that runs, a thousand by default, while mail of every kind goes through."""
