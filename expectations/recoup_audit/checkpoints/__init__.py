"""Which suite meets which rows, how they are run, and what is kept of the answer."""
