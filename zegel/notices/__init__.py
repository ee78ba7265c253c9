"""The wording of every mail.

Pure composition: from a brand and what happened to bytes that are ready for SMTP DATA. Date and Message-ID
are those of the original or absent; the courier adds what is missing.
"""
