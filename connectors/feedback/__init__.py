"""Tools that ask people, and places where they write unasked."""
