"""Raw mail to what can be read in it: parts, text, files, and what a recipient sees.

Nothing here trusts its input: parsers are tolerant, bounded and linear, and documents
are read in processes of their own.
"""
