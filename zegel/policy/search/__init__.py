"""Finds candidates in normalised text: words, patterns, detectors and tables, all in one linear pass.

Knows texts and spans. Must not know rules, levels or recipients.
"""
