"""Pages for people, each one file that asks no other host for anything."""
