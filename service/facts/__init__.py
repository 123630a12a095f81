"""Facts: which of many statements counts. Pure."""
