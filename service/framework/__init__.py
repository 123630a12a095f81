"""The framework: journeys, metrics, rules and sources as YAML, loaded whole or refused whole. Pure.

`loading` is the way in, `models` is what can be written, `checking` what must fit together,
`revisions` what an applied framework is to the rest of the service.
"""
