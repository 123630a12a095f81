"""Signalbox: reads topics of records, keeps journey metrics exactly once, finds opportunities.

`event` is what comes in, `canonical` what is stored of it. The pure packages say what that means,
`store` keeps it, the shells around them read topics, answer people and send signals. What may know
what is held by import-linter; the list of words is `docs/concepts.md`.
"""
