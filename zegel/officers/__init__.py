"""The people of the console, how they sign in, and what they may do with messages.

Must not know pages. Nobody here reads what is sealed: an officer sees who wrote to whom, when and why, never what.
"""
