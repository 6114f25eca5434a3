"""company.yml: what Recoup must know of a company before it can run for it.

Unknown keys are refused: a misspelt `control_share` must not silently become the default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from recoup.company_thresholds import Alerts, Leakage, Strict
from recoup.entities import ENTITIES, entity
from recoup.errors import RecoupError

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Medium = Literal["voice", "sms", "email", "letter"]
CollectorRole = Literal["first_party", "third_party", "debt_buyer"]
ENTITY_NAMES = frozenset(entity.name for entity in ENTITIES)


class PriorContacts(Strict):
    """The signed declaration that nobody was contacted before; without it a missing contact log blocks everybody."""

    declared_none_by: str | None = None
    declared_on: date | None = None

    @model_validator(mode="after")
    def _signed_and_dated(self) -> PriorContacts:
        if (self.declared_none_by is None) != (self.declared_on is None):
            raise ValueError("needs both declared_none_by (a name) and declared_on (a date), or neither")
        return self

    @property
    def is_declared_none(self) -> bool:
        """True if somebody signed that no contact was made before the first day."""
        return self.declared_on is not None


class Experiment(Strict):
    """Shares of the randomized arms, in [0, 1], and the teams that the contact center logs them under."""

    control_share: float = Field(default=0.05, ge=0, le=1)
    explore_share: float = Field(default=0.05, ge=0, le=1)
    seed: int = 20260101
    control_team: str = "holdout"
    explore_team: str = "explore"

    @model_validator(mode="after")
    def _somebody_is_treated(self) -> Experiment:
        if self.control_share + self.explore_share > 1:
            raise ValueError("control_share and explore_share together exceed 1")
        return self


class Contact(Strict):
    """How the company contacts: media, people at work, and what an attempt costs (reporting currency)."""

    media: tuple[Medium, ...] = ("voice",)
    agents: int = Field(default=12, ge=0)
    attempts_per_agent_hour: float = Field(default=12, ge=0)
    cost_per_attempt_cents: int = Field(default=90, ge=0)


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


class Company(Strict):
    """One company.

    Attributes:
        company: Short name, lower case.
        time_zone: IANA name; calendar days (`*_on`, `*_date`) are days of this zone.
        reporting_currency: ISO 4217; list values are compared in it.
        collector_role: Selects the contact rules; the default is the strictest.
        aging_bucket_days: Upper bounds of the past-due buckets, days, inclusive, ascending.
        gross_margin: Share of revenue that is left after what it costs to deliver, in [0, 1]; without it the value of a
            customer is not known.
    """

    company: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
    time_zone: str
    reporting_currency: CurrencyCode
    collector_role: CollectorRole = "third_party"
    prior_contacts: PriorContacts = PriorContacts()
    experiment: Experiment = Experiment()
    contact: Contact = Contact()
    leakage: Leakage = Leakage()
    aging_bucket_days: tuple[Annotated[int, Field(ge=1)], ...] = (30, 60, 90, 120)
    gross_margin: float | None = Field(default=None, ge=0, le=1)
    alerts: Alerts = Alerts()
    sources: Sources

    @field_validator("time_zone")
    @classmethod
    def _iana(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone such as America/New_York")
        ZoneInfo(value)
        return value

    @field_validator("aging_bucket_days")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or list(value) != sorted(set(value)):
            raise ValueError("must name at least one bound, in ascending order")
        return value


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of a boolean (a key `on` is a word, not True), and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def load_company(path: Path) -> Company:
    """Read and check a company file.

    Raises:
        RecoupError: The file is missing, is no YAML, or a key is unknown, missing or wrong; names file and key.
    """
    path = Path(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise RecoupError(f"There is no company file {path}: name one with --company or RECOUP_COMPANY.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecoupError(f"The company file {path} cannot be read ({error}).") from error
    except yaml.YAMLError as error:
        raise RecoupError(f"{path}{_line_of(error)} is not valid YAML: {_problem_of(error)}.") from error
    if not isinstance(content, dict):
        raise RecoupError(f"{path} must hold the keys of a company (company, time_zone, sources, …), and does not.")
    try:
        return Company.model_validate(content)
    except ValidationError as error:
        raise RecoupError(f"{path}: {_first_problem(error)}.") from error


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = problems[0]
    kinds = {"sql", "files", "EntityMapping", "tuple[EntityMapping, ...]", "tuple"}
    key = ".".join(str(part) for part in first["loc"] if str(part) not in kinds) or "the file"
    match first["type"]:
        case "extra_forbidden":
            text = f"the key {key} is unknown; correct its spelling or remove it"
        case "missing":
            text = f"the key {key} is missing"
        case _:
            text = f"{key}: {str(first['msg']).removeprefix('Value error, ')}"
    more = len(problems) - 1
    return text if more == 0 else f"{text} (and {more} more problem{'s' if more > 1 else ''})"


def _line_of(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f", line {mark.line + 1}"


def _problem_of(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).strip()
