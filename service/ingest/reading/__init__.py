"""From Kafka: records as they were published, and what the brokers say of their topics.

`consumer` is what a worker reads by, and the place to begin: it knows which stretch of a partition
it has handed out. `kafka` makes records of the client's and asks the brokers; `extent` is what they
say of a partition. `reaching` waits for them, `topic_ids` and `header_names` do what the client
cannot, `hints` tells Kafka where we are.
`watching` and `watchdog` look for what the consumer would not notice. `newest` reads a few records
beside the consumer group.
"""
