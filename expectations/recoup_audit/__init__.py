"""The audits at both edges: what the sources sent, and what is about to be published. Great Expectations, as code.

`suites` says what was promised (pure functions), `rules` holds the promises that take SQL over several tables,
`checkpoints` runs them; `stages` is what the pipeline calls.
"""
