"""The sender's side: the page of a message, what became of it, and what the sender may change.

Must not know pages or how mails are worded.
"""
