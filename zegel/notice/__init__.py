"""The wording of every mail.

Pure composition: from a brand and what happened to bytes that are ready for SMTP DATA. Date and Message-ID
are those of the original or absent; Postfix adds what is missing on the way out.
"""
