"""Tools that copy the records of other tools."""
