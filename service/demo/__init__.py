"""The demo: a shop's story, told as the records that its tools would publish."""
