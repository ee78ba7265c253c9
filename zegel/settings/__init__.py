"""zegel.yaml: each setting once, with its type, default and documentation; errors point at the line.

Must not know anything that uses the settings.
"""
