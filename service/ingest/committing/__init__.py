"""One batch, one transaction, until it is known how it ended.

`transaction` is the place to begin: `ledger` says what of a batch is left to settle and what is
logged of it. `committer` is the thread that does this batch after batch and does not give up;
`refused` finds the item that the database refuses. `model` is the same transaction on tables that
are plain values.
"""
