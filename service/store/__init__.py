"""PostgreSQL: the only package with SQL. `tables` are the tables, `migrating` brings them there.

`ingest` and `evaluation` are the statements of a batch and of a check, `reading` and what is
named after a command are those of people; `connecting` and `trouble` are about the server itself.
"""
