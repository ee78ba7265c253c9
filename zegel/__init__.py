"""Zegel's core: what the processes stand on. Imports neither Milter nor bottle."""

__version__ = "0.1.0"
