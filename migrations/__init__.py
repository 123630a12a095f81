"""The database's schema, step by step: Alembic migrations, each up and down.

They are applied by `service.store.migrating`. A migration that was released is never edited and
imports nothing of the service, so that it does the same for ever.
"""
