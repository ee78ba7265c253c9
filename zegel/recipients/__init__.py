"""What the organisation knows of recipients: mobile numbers, preferences, and who waits for a number.

Must not know how a delivery is opened.
"""
