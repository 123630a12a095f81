"""From topics to numbers, each item once: the protocol of `docs/protocol.md`.

The path of a batch, each step a package. `working` takes it all the way: it is fetched
(`reading`) from where the ledger says (`locating`), items are made of its records (`preparing`),
and then one transaction (`committing`) decides what they count for and writes it (`settling`).

`resettling` does the same to what is stored already: dead letters that are retried, events that a
new revision places elsewhere, events that a batch put off.
"""
