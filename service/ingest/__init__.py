"""From topics to numbers, each item once: the protocol of `docs/protocol.md`.

The way of a batch, each named by its module: `worker` takes records from `consumer`, `prepare`
makes items of them, `committer` runs one `transaction` after the other on a thread of its own.
In it `ledger` says what is left to settle, `settlement` weighs (`weigh`) and places (`settle`)
what is, `writing` writes it. `model` does the same to tables that are plain values.

Around it: `locating`, `standing` and `starts` say where a partition is read on, `watching` and
`watchdog` look for what the consumer would not notice, `letters`, `retry`, `rebuild` and
`postponed` settle what is stored anew.
"""
