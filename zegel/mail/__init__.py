"""What mail itself carries: addresses, the envelope, the mark on our own mail, references to replies.

Works on values only. Must not know settings, rules or the database.
"""
