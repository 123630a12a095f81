"""How Kafka's brokers are reached, and what is wrong when they are not."""
