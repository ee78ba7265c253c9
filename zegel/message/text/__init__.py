"""Text: character sets, normalisation, markup, names that are safe to show. Pure functions on text and bytes.

Must not know MIME or files.
"""
