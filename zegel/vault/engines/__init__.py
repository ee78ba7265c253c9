"""The databases that the vault can run on, each behind the same protocol: all that is a database's own is in here.

Must not know the tables: what they contain, and how they change, is above.
"""
