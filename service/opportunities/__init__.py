"""Opportunities: what was found, what proves it, what it is worth, what is told of it. Pure.

`models` is the document that is stored, shown and sent; `lifecycle` is what checks do to it,
`decisions` what people do.
"""
