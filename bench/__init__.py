"""What Signalbox does in a second, measured end to end on the servers that are there."""
