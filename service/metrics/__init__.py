"""Metrics: what placed events add up to, and what can be said of it. Pure.

`measuring` and `formulas` say what an event adds, `statistics` and `buckets` what is kept,
`intervals`, `segments` and `objectives` what is read from it, `wording` how that is said.
"""
