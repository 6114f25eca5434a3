"""The part of company.yml that says where the company's data lie and how they become canonical."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recoup.entities import ENTITIES, entity

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
ENTITY_NAMES = frozenset(entity.name for entity in ENTITIES)


class Strict(BaseModel):
    """A section of company.yml: a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ColumnMapping(Strict):
    """Where one canonical column comes from in a file.

    Attributes:
        source: (`from`) Column of the file. Several columns (`from: [a, b]`) are joined by "|".
        constant: The same value for every row, instead of `from`.
        template: Text with `{column}` placeholders, instead of `from`: "pay-{invoiceNumber}".
        money: The file holds major units, the canonical column minor units of this ISO 4217 currency; "row" = of the
            row's own `currency`.
        negate: The file's sign is the other way round.
        thousands: Separator of thousands in numbers, to be taken out.
        decimal: Separator of decimals in numbers.
        date_format: strptime format of a date or instant, company time zone; "epoch" = seconds since 1970 (UTC).
            Default ISO 8601.
        at: Local time of day (HH:MM) to add to a date where the canonical column is an instant.
        values: Code of the file → canonical value; a code that is not named is rejected.
        default: Stands in for an empty cell.
        pick: Which of several rows of one key gives the value (entities with `distinct`).
    """

    source: str | tuple[str, ...] | None = Field(default=None, alias="from")
    constant: str | int | float | bool | None = None
    template: str | None = None
    money: CurrencyCode | Literal["row"] | None = None
    negate: bool = False
    thousands: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] = "."
    date_format: str | None = None
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    values: dict[str, str] | None = None
    default: str | int | float | bool | None = None
    pick: Literal["first", "last", "min", "max"] = "first"

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if sum(origin is not None for origin in (self.source, self.constant, self.template)) != 1:
            raise ValueError("needs exactly one of from, constant, template")
        return self


class RowFilter(Strict):
    """Which rows of a file count: every condition given must hold."""

    column: str
    equals: tuple[str, ...] | None = None
    not_equals: tuple[str, ...] | None = None
    is_empty: bool | None = None


class EntityMapping(Strict):
    """One canonical entity out of one file, or of all that fit a pattern (CSV or Parquet, told by the ending).

    Attributes:
        where: Only rows that hold to every condition count.
        distinct: The file names each entity on many rows (a customer on every invoice): one row a key is made of them.
    """

    file: str
    columns: dict[str, ColumnMapping]
    where: tuple[RowFilter, ...] = ()
    distinct: bool = False
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"


def _refuse_strangers(name: str, columns: Iterable[str]) -> None:
    if name not in ENTITY_NAMES:
        raise ValueError(f"{name} is no canonical entity; known: {', '.join(sorted(ENTITY_NAMES))}")
    known = {column.name for column in entity(name).columns} | {"source_recorded_at"}
    strangers = sorted(set(columns) - known)
    if strangers:
        raise ValueError(f"{name} has no column {strangers[0]}; known: {', '.join(sorted(known))}")


class SqlEntityMapping(Strict):
    """Where one canonical entity comes from in a source database whose tables are not canonical.

    Attributes:
        table: Table or view, `schema.table` or a table of the source's schema. Default: the entity's name.
        query: A select of your own instead, for joins and expressions.
        columns: Canonical column → column of the table or query; what is not named keeps its name.
        recorded_at: Column that says when the source learned a row; null if nothing does, then every pull reads it all.
    """

    table: str | None = None
    query: str | None = None
    columns: dict[str, str] = {}
    recorded_at: str | None = "recorded_at"

    @model_validator(mode="after")
    def _one_relation(self) -> SqlEntityMapping:
        if self.table is not None and self.query is not None:
            raise ValueError("needs table or query, not both")
        return self


class SqlSource(Strict):
    """A source database that holds one table per canonical entity, or what `entities` maps to them.

    Attributes:
        database: Name of a database on the warehouse's own server (see `Settings.source_database`).
        url_env: Environment variable that holds a connection URL, for a database elsewhere.
        schema_name: (`schema`) Schema of the tables.
        cursor_overlap_days: How far each pull reaches back before the last cursor, days, so that late rows are seen.
        entities: Entities that are not a table of their own name with canonical columns.
    """

    kind: Literal["sql"]
    database: str | None = None
    url_env: str | None = None
    schema_name: str = Field(default="public", alias="schema")
    cursor_overlap_days: int = Field(default=3, ge=0)
    entities: dict[str, SqlEntityMapping] = {}

    @model_validator(mode="after")
    def _one_place(self) -> SqlSource:
        if (self.database is None) == (self.url_env is None):
            raise ValueError("needs exactly one of database, url_env")
        return self

    @model_validator(mode="after")
    def _canonical(self) -> SqlSource:
        for name, mapping in self.entities.items():
            _refuse_strangers(name, mapping.columns)
        return self


class FileSource(Strict):
    """Files that are mapped to canonical entities.

    Attributes:
        directory: Relative to company.yml; `${NAME}` stands for an environment variable.
    """

    kind: Literal["files"]
    directory: str = "."
    entities: dict[str, EntityMapping | tuple[EntityMapping, ...]]

    @model_validator(mode="after")
    def _canonical(self) -> FileSource:
        for name, mappings in self.entities.items():
            for mapping in mappings if isinstance(mappings, tuple) else (mappings,):
                _refuse_strangers(name, mapping.columns)
        return self

    def mappings(self, name: str) -> tuple[EntityMapping, ...]:
        """The mappings of one entity, in order; empty where the company has none of it."""
        found = self.entities.get(name, ())
        return found if isinstance(found, tuple) else (found,)


Source = Annotated[SqlSource | FileSource, Field(discriminator="kind")]


class Sources(Strict):
    """The systems that are pulled. A company may have no contact center's log; then contacts fail closed."""

    billing_ledger: Source
    contact_center: Source | None = None
