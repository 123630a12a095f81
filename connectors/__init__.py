"""Connectors: the records of each kind of tool to items. Pure: no input or output, no clock.

`contract` says what a connector is, `registry` which there are, `envelopes` what is opened before
one sees a record, `limits` and `conformance` what holds for all of them. The tools are in
`behaviour`, `feedback`, `pipelines`, `sales` and `support`, a file or a family of files for each.

In a family the file with the tool's name says what is read and what that becomes, and finds out
which it is. Beside it `_options` has what a source can say, `_objects` the payloads' fields as far
as they are read, `_types` (or what the tool calls them: `_topics`, `_entities`) what is ignored and
why, `_polled` or `_rows` what comes of an API instead of an event; others are named after what they
tell, such as `_cases`.
"""
