"""What customers did before, in the order of their events. Pure."""
