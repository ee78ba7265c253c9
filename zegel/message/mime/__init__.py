"""The structure of a mail: header fields, the tree of parts, transfer encodings, calendars.

Never rewrites a byte: parts are ranges of the raw message.
"""
