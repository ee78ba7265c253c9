"""The organisation's colours, with a contrast that people can read."""
