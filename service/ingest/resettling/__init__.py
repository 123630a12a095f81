"""What is stored, settled again: by the steps and locks of a batch, while batches go on.

`letters` goes through dead letters, each handful a transaction of `retry`. `rebuild` places
events under a new revision, `postponed` those that a batch put off.
"""
