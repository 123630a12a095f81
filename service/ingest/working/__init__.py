"""The worker: a member of the consumer group that takes batch after batch all the way.

`worker` is the place to begin. `options` is how it runs, `following` which topics it reads,
`assignment` which of their partitions and from where, `subscribing` how FastStream hands it its
batches, `ending` how it stops, `counting` what is told of a batch to metrics.
"""
