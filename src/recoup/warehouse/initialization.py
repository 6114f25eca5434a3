"""Make a server ready: roles, databases, schemas, the tables that Python owns, and who may read them.

Everything here is idempotent; `recoup init` and every `recoup run` go through it.
"""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse.connection import connect, ensure_running
from recoup.warehouse.passwords import ensure_passwords, is_known
from recoup.warehouse.roles import (
    COLUMN_READERS,
    DATABASE_OWNERS,
    DATABASE_READERS,
    LOGIN_ROLES,
    SCHEMA_READERS,
    SCHEMA_WRITERS,
    WAREHOUSE_ROLES,
    Role,
    role_name,
)

DDL_DIR = Path(__file__).parent / "ddl"
# Any constant will do; it must only differ from other programs' on the same server.
_LOCK = 7_264_310_255
GENERATORS = "recoup.ddl"
FOLLOWERS = "recoup.initialized"
_ROLE_HEADER = re.compile(r"^--\s*role:\s*(\w+)", re.MULTILINE)

_Connection = psycopg.Connection[tuple[Any, ...]]


def initialize(settings: Settings, *, new_passwords: bool = False) -> None:
    """Create what is missing and grant what is due; running it again changes nothing.

    Args:
        new_passwords: Take the roles of a server of one's own over from another home, with new passwords.

    Raises:
        RecoupError: The server cannot be reached, the admin may not create roles and databases, or another home
            holds the passwords of the server's roles.
    """
    ensure_running(settings)
    if settings.admin_url is not None and not new_passwords:
        _refuse_to_lock_others_out(settings)
    passwords = ensure_passwords(settings)
    try:
        with connect("admin", settings, _maintenance_database(settings), autocommit=True) as admin:
            # One initialization at a time on a server: two would trip over each other's catalog rows.
            admin.execute("select pg_advisory_lock(%s)", [_LOCK])
            create_roles(admin, passwords)
            create_databases(admin, settings)
            initialize_warehouse(settings)
            for entry_point in entry_points(group=FOLLOWERS):
                entry_point.load()(settings)
    except psycopg.errors.InsufficientPrivilege as error:
        raise RecoupError(
            f"The admin of RECOUP_WAREHOUSE_URL may not do what is needed ({error.diag.message_primary}): "
            "name a role with CREATEROLE and CREATEDB."
        ) from error


def drop(settings: Settings) -> None:
    """Drop this warehouse's databases, whoever is connected; roles stay, for others may use them."""
    with connect("admin", settings, _maintenance_database(settings), autocommit=True) as admin:
        for name in (settings.database, *(settings.source_database(part) for part in DATABASE_OWNERS)):
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def create_roles(admin: _Connection, passwords: dict[str, str]) -> None:
    """Create the login roles and set their passwords."""
    existing = {row[0] for row in admin.execute("select rolname from pg_roles")}
    is_superuser = admin.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,)
    for role in LOGIN_ROLES:
        name = role_name(role)
        # A verifier, not the password: statements may end in a server's log.
        verifier = admin.pgconn.encrypt_password(passwords[role].encode(), name.encode(), b"scram-sha-256").decode()
        verb = "alter" if name in existing else "create"
        admin.execute(
            sql.SQL("{} role {} login password {}").format(sql.SQL(verb), sql.Identifier(name), sql.Literal(verifier))
        )
        if not is_superuser:
            # Needed to create schemas and databases that belong to the role.
            admin.execute(sql.SQL("grant {} to current_user with set true").format(sql.Identifier(name)))


def create_databases(admin: _Connection, settings: Settings, template: Settings | None = None) -> None:
    """Create the warehouse and the databases beside it, each closed to everybody but its users.

    Args:
        template: Copy the databases of these settings instead of starting from empty ones.
    """
    existing = {row[0] for row in admin.execute("select datname from pg_database")}
    users: dict[str, tuple[Role, ...]] = {settings.database: WAREHOUSE_ROLES}
    owners: dict[str, Role | None] = {settings.database: None}
    templates = {settings.database: template.database if template else "template0"}
    for part, owner in DATABASE_OWNERS.items():
        name = settings.source_database(part)
        users[name], owners[name] = (owner, *DATABASE_READERS[part]), owner
        templates[name] = template.source_database(part) if template else "template0"
    for name, roles in users.items():
        database = sql.Identifier(name)
        if name not in existing:
            admin.execute(
                sql.SQL("create database {} template {} encoding 'UTF8'").format(
                    database, sql.Identifier(templates[name])
                )
            )
        # For the clients that open their own connections (dbt, ADBC, BI): the same zone as ours.
        admin.execute(sql.SQL("alter database {} set timezone to 'UTC'").format(database))
        if (owner_of_it := owners[name]) is not None:
            new_owner = sql.Identifier(role_name(owner_of_it))
            admin.execute(sql.SQL("alter database {} owner to {}").format(database, new_owner))
        admin.execute(sql.SQL("revoke all on database {} from public").format(database))
        admin.execute(
            sql.SQL("grant connect, temporary on database {} to {}").format(
                database, sql.SQL(", ").join(sql.Identifier(role_name(role)) for role in roles)
            )
        )
    for part in ("billing_ledger", "contact_center"):
        _grant_source(settings, part)


def initialize_warehouse(settings: Settings) -> None:
    """Create schemas, Python-owned tables and grants in the warehouse database, in one transaction."""
    with connect("admin", settings, settings.database) as admin:
        admin.execute("revoke all on schema public from public")
        admin.execute("set local client_min_messages = warning")
        for schema, writer in SCHEMA_WRITERS.items():
            _create_schema(admin, schema, writer)
        for role, statement in ddl_statements():
            _as_role(admin, role, statement)
        for schema, writer in SCHEMA_WRITERS.items():
            _grant_reads(admin, schema, writer)
        for role, schema, table, columns in COLUMN_READERS:
            _grant_columns(admin, role, schema, table, columns)
        _grant_names(admin, hands_over=settings.company.handover.names)


def ddl_statements() -> list[tuple[Role, sql.SQL | sql.Composed]]:
    """(role, SQL) that creates every Python-owned table: the generated ones, then ddl/<nn>_<schema>.sql in order.

    Generators are found through the entry points group `recoup.ddl`, named after the role that they run as. A file
    runs as the writer of the schema in its name, unless a line `-- role: <role>` says another.

    Raises:
        RecoupError: A file names no known schema or role.
    """
    generators = {entry_point.name: entry_point for entry_point in entry_points(group=GENERATORS)}
    if "loader" not in generators:
        raise RecoupError("Recoup is not installed as it should be (no raw tables): run `uv sync`.")
    found: list[tuple[Role, sql.SQL | sql.Composed]] = []
    for name, entry_point in sorted(generators.items()):
        found.extend(
            (_known_role(name, f"entry point {entry_point.value}"), statement) for statement in entry_point.load()()
        )
    for path in sorted(DDL_DIR.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        header = _ROLE_HEADER.search(text)
        role = header.group(1) if header else SCHEMA_WRITERS.get(path.stem.partition("_")[2], "")
        # Our own file, no value in it.
        found.append((_known_role(role, str(path)), sql.SQL(text)))
    return found


def _refuse_to_lock_others_out(settings: Settings) -> None:
    """Roles belong to the whole server: a second home with passwords of its own would lock the first one out."""
    with connect("admin", settings, None) as admin:
        rows = admin.execute("select rolname from pg_roles where starts_with(rolname, 'recoup_')").fetchall()
    existing = {name for (name,) in rows}
    unknown = [role for role in LOGIN_ROLES if role_name(role) in existing and not is_known(role, settings)]
    if unknown:
        raise RecoupError(
            f"The server has a role {role_name(unknown[0])} whose password {settings.home} does not know: copy "
            f"passwords.json from the home that made it, set RECOUP_PASSWORD_{unknown[0].upper()}, or run "
            "`recoup init --new-passwords`."
        )


def _known_role(name: str, place: str) -> Role:
    for role in LOGIN_ROLES:
        if role == name:
            return role
    raise RecoupError(
        f"{place} belongs to no known role: name a DDL file <nn>_<schema>.sql, or begin it with `-- role: <role>`."
    )


def _maintenance_database(settings: Settings) -> str | None:
    """Where to stand while databases are made: the admin URL's own database, or the embedded server's `postgres`."""
    return "postgres" if settings.admin_url is None else None


def _as_role(admin: _Connection, role: Role, statement: sql.SQL | sql.Composed) -> None:
    admin.execute(sql.SQL("set local role {}").format(sql.Identifier(role_name(role))))
    admin.execute(statement)
    admin.execute("reset role")


def _create_schema(admin: _Connection, schema: str, writer: Role) -> None:
    name, owner = sql.Identifier(schema), sql.Identifier(role_name(writer))
    exists = admin.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone()
    if not exists:
        admin.execute(sql.SQL("create schema {} authorization {}").format(name, owner))
    # A function is everybody's to execute unless said otherwise, and ours may run with their owner's rights.
    admin.execute(sql.SQL("alter default privileges for role {} revoke execute on functions from public").format(owner))


def _grant_reads(admin: _Connection, schema: str, writer: Role) -> None:
    """Let the schema's readers read what is there and what will be."""
    readers = [role for role, schemas in SCHEMA_READERS.items() if schema in schemas]
    if not readers:
        return
    names = sql.SQL(", ").join(sql.Identifier(role_name(role)) for role in readers)
    parts = {"schema": sql.Identifier(schema), "readers": names, "writer": sql.Identifier(role_name(writer))}
    for statement in (
        "set local role {writer}",
        "grant usage on schema {schema} to {readers}",
        "grant select on all tables in schema {schema} to {readers}",
        "alter default privileges for role {writer} in schema {schema} grant select on tables to {readers}",
        "reset role",
    ):
        admin.execute(sql.SQL(statement).format(**parts))


def _grant_columns(admin: _Connection, role: Role, schema: str, table: str, columns: tuple[str, ...]) -> None:
    parts = {
        "writer": sql.Identifier(role_name(SCHEMA_WRITERS[schema])),
        "schema": sql.Identifier(schema),
        "table": sql.Identifier(schema, table),
        "role": sql.Identifier(role_name(role)),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    for statement in (
        "set local role {writer}",
        "grant usage on schema {schema} to {role}",
        "grant select ({columns}) on {table} to {role}",
        "reset role",
    ):
        admin.execute(sql.SQL(statement).format(**parts))


def _grant_names(admin: _Connection, *, hands_over: bool) -> None:
    """Let the owner of the dialer's views read names, or take that back, as company.yml says."""
    verb, preposition = ("grant", "to") if hands_over else ("revoke", "from")
    admin.execute(
        sql.SQL("{} select (person_id, full_name) on vault.persons {} {}").format(
            sql.SQL(verb), sql.SQL(preposition), sql.Identifier(role_name("publisher"))
        )
    )


def _grant_source(settings: Settings, part: str) -> None:
    """What the company's systems hold, and will hold, the source reader may read."""
    with connect("admin", settings, settings.source_database(part)) as admin:
        parts = {"owner": sql.Identifier(role_name("company")), "reader": sql.Identifier(role_name("source_reader"))}
        for statement in (
            "set local role {owner}",
            "grant usage on schema public to {reader}",
            "grant select on all tables in schema public to {reader}",
            "alter default privileges for role {owner} in schema public grant select on tables to {reader}",
            "reset role",
        ):
            admin.execute(sql.SQL(statement).format(**parts))
