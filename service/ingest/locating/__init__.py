"""Where each partition is read on: by the ledger, held against what lies on the broker.

`locator` is the place to begin. `standing` decides about a partition, `starts` where one begins
that nobody has read, `due` when partitions that wait are located again.
"""
