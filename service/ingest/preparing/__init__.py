"""From records to prepared items: all that needs no state. Pure.

`prepare` is the place to begin, `prepared` is what it makes, `revision` by what: the framework,
compiled. `enrichment` is about records that only name something. `learning` is what must have been
asked of others before.
"""
