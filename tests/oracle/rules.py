"""The contact rules as plain Python, one small function a rule, written from their text.

Every number in these modules was written out by hand from the text of the rule that its docstring cites. A rule answers
True where it blocks the case; a rule with a cap answers with what it counted, once for each debt.
"""

from __future__ import annotations

from . import rules_of_frequency, rules_of_hours, rules_of_points, rules_of_status
from .bound import RULES

__all__ = ["RULES", "rules_of_frequency", "rules_of_hours", "rules_of_points", "rules_of_status"]
