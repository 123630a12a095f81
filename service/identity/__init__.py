"""Who is who: identifiers and their keys. Pure."""
