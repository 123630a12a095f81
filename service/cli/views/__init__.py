"""What the commands show: text for people, made of the same documents that `--json` prints."""
