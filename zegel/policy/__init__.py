"""The policy: rules.yaml becomes `Rules`, and `Rules` x `Mail` gives a `Verdict`.

From the bottom up: `detectors` say "is this one", `search` finds candidates in one pass, `conditions` decide per
rule, `verdict` is the answer, `language` reads the file, `rules` judges. Must not know the database or Postfix.
"""
