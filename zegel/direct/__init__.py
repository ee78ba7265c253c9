"""Direct delivery: whether the connection to a domain's mail servers can be proven, and what became of a mail sent so.

Must not know how mail is submitted, composed or shown.
"""
