"""What was promised, one module a subject: pure functions that return suites and touch no data."""
