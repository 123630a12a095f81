"""From prepared items to rows, inside a transaction that its caller begins and ends.

`settlement` is the place to begin: it locks, then `weigh` says which items count and `placing`
where they belong and what that adds to the metrics, both pure. `rows` is how all of it is stored;
`stored` reads and `writing` writes it. `results` are the ways in which settling ends. `rulebook`
and `memory` are what a process keeps from one transaction to the next.
"""
