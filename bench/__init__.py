"""How fast the day is, and against what: seconds and memory a stage, ratios against the bare limit in one run."""
