"""The policy: rules.yaml becomes `Rules`, and `Rules` x `Mail` gives a `Verdict`.

From the bottom up: `detectors` say "is this one", `words` and `patterns` find candidates in one pass,
`conditions` decide per rule, `verdict` is the answer, `rules` is the door to all of it.
"""
