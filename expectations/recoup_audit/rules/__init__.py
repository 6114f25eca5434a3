"""Promises that one column cannot tell: SQL that returns the keys of the rows that break them."""
