"""Connectors: the records of each kind of tool to items. Pure: no input or output, no clock.

`contract` says what a connector is, `registry` which there are, `envelopes` what is opened before
one sees a record, `limits` and `conformance` what holds for all of them. The tools are in
`behaviour`, `feedback`, `pipelines`, `sales` and `support`, a file or a family of files for each.
"""
