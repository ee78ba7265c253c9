"""One module a file format: bytes in, texts and embedded files out, within a budget.

Runs in confined workers. Trusts no byte, and must not know policies or the database.
"""
