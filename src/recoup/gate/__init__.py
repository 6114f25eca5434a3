"""The contact check, asked just before a contact: what it must know of the company, and how to ask it."""
