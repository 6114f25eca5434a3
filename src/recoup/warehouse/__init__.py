"""The warehouse: any Postgres ≥ 16, or an embedded one that starts by itself.

One role writes each schema, and each process connects as the role of what it is doing.
"""

from __future__ import annotations

from recoup.warehouse.connection import connect, ensure_running, explained, stop, url
from recoup.warehouse.initialization import drop, initialize
from recoup.warehouse.roles import Role

__all__ = ["Role", "connect", "drop", "ensure_running", "explained", "initialize", "stop", "url"]
