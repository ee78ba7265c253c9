"""Reads rules.yaml: turns the file into `Rules`, or into errors that point at the line and column.

Must not know the database, and never runs during the judging of a mail.
"""
