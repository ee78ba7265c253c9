"""The database's tables and every query on them, one module a table.

Runs inside the transactions of zegel.vault. Must not know what the sealed bytes contain.
"""
