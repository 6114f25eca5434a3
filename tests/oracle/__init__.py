"""An independent oracle: one person's history walked in plain Python, by the text of the contact rules alone.

It shares nothing with the product but the public tables of time zones: no model, no seed of caps and hours, no SQL.
`judge` answers a question, `breaches` looks back over the contacts that were made, `make_history` draws a history that
lies at the rules' edges and `questions_of` the questions about it.
"""
