"""Stand-ins for what dbt gives a model, where sqlfluff reads it without dbt and without a database.

The linter needs SQL of the right shape, not the right SQL: `recoup.<macro>(...)` becomes an expression, unless its shape
is named below, and `var(...)` a number or a list of numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LISTS = {"aging_bucket_days": [30, 60, 90, 120], "contact_media": ["voice"], "alert_kpi_metrics": ["dso"]}
_NUMBERS = ("days", "share", "seed", "hour", "agents", "capacity", "amount", "mads")
_SHAPES: dict[str, Callable[..., Any]] = {
    "training_dates": lambda: ["2026-01-05"],
    "missing_training_dates": lambda: ["2026-01-05"],
    "reach_inputs": lambda queries, contributions: f"select 1 as query_id from {queries} cross join {contributions}",
    "reach_contributions": lambda attempts: f"select 1 as on_date from {attempts}",
    "closed_channels": lambda rules: "cross join (select 1 as channel) as closed",
}


class _Macros:
    def __getattr__(self, name: str) -> Callable[..., Any]:
        return _SHAPES.get(name, lambda *arguments, **named: "stand_in")


recoup = _Macros()


def var(name: str, default: Any = None) -> Any:
    """A value of the right kind for a dbt variable."""
    if name in _LISTS:
        return _LISTS[name]
    return 1 if name.endswith(_NUMBERS) else "2026-01-05"
