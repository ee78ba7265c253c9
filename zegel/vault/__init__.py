"""Keeps what is sealed: keys, the key ring, the database and its one writer. The only room that knows the database.

Must not know rules, mails' wording or browsers.
"""
