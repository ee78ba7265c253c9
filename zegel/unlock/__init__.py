"""Opens a delivery to its recipient: links, passwords, SMS codes, passkeys, remembered devices, sessions.

Must not know pages, senders' pages or how mails are worded.
"""
