"""Records from files to topics: what a tool exported, read like what it published."""
