"""Who may do what in the warehouse: one writer a schema, and the readers of each.

The tables here are the whole of it; `initialization` carries them out and the tests hold every pair.
"""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal[
    "admin", "loader", "transformer", "scorer", "publisher", "auditor", "gate_owner", "bi_reader", "dialer",
    "source_reader", "company", "airflow",
]  # fmt: skip

ROLES: tuple[Role, ...] = get_args(Role)
LOGIN_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role != "admin")

SCHEMA_WRITERS: dict[str, Role] = {
    "raw_ledger": "loader",
    "raw_contact": "loader",
    "vault": "loader",
    "staging": "transformer",
    "intermediate": "transformer",
    "marts": "transformer",
    "features": "transformer",
    "policy": "transformer",
    "monitoring": "transformer",
    "scores": "scorer",
    "lists": "publisher",
    "gate": "gate_owner",
    "audit": "auditor",
}

SCHEMA_READERS: dict[Role, tuple[str, ...]] = {
    "transformer": ("raw_ledger", "raw_contact", "scores", "lists", "audit", "gate"),
    "scorer": ("features", "policy", "marts", "audit"),
    "publisher": ("scores", "policy", "audit"),
    "auditor": ("raw_ledger", "raw_contact", "scores", "marts", "policy", "lists", "features"),
    "gate_owner": ("raw_ledger", "raw_contact", "policy", "lists"),
    "bi_reader": ("marts", "monitoring"),
    "dialer": ("lists",),
}
"""Schemas that a role may read besides those it writes."""

COLUMN_READERS: tuple[tuple[Role, str, str, tuple[str, ...]], ...] = (
    # The dialer's view is the publisher's, and its owner's rights count: the address and no name.
    ("publisher", "vault", "contact_points", ("contact_point_id", "person_id", "medium", "address")),
)
"""(role, schema, table, columns) where a whole schema would be too much."""

WAREHOUSE_ROLES: tuple[Role, ...] = (
    "loader", "transformer", "scorer", "publisher", "auditor", "gate_owner", "bi_reader", "dialer",
)  # fmt: skip
"""Roles that may connect to the warehouse database."""

DATABASE_OWNERS: dict[str, Role] = {
    "billing_ledger": "company",
    "contact_center": "company",
    "truth": "company",
    "airflow": "airflow",
}
"""Owner of each database beside the warehouse (see `Settings.source_database`)."""

DATABASE_READERS: dict[str, tuple[Role, ...]] = {
    "billing_ledger": ("source_reader",),
    "contact_center": ("source_reader",),
    "truth": (),
    "airflow": (),
}


def role_name(role: Role) -> str:
    """Name of the Postgres role, `recoup_<role>`. The admin has no fixed name: it is whoever the admin URL names."""
    return f"recoup_{role}"
