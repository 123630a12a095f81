"""Checks of objectives: when they are due, what they find, what is written of it.

`evaluator` decides when, `checking` makes one check by `judging` and `finding`.
"""
