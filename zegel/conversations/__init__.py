"""Replies, conversations and answers: what recipients write back, and how a thread is recognised.

Must not know rules, browsers or SMTP.
"""
