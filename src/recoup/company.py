"""company.yml: what Recoup must know of a company before it can run for it.

Unknown keys are refused: a misspelt `control_share` must not silently become the default.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from recoup.company_handover import Handover
from recoup.company_sources import CurrencyCode, Sources, Strict
from recoup.errors import RecoupError

Medium = Literal["voice", "sms", "email", "letter"]
Dialer = Literal["generic", "vicidial", "genesys", "five9", "amazon_connect", "site"]
Disposition = Literal[
    "promise_to_pay", "paid", "right_party_contact", "callback_requested", "refused_to_pay", "disputed", "wrong_party",
    "third_party", "hung_up", "no_answer", "busy", "disconnected", "answering_machine", "voicemail_left", "abandoned",
    "opted_out", "sent", "delivered", "bounced", "answered",
]  # fmt: skip
"""The canonical dispositions that a company may map a code of its own to: the generic rows of the seed."""
CollectorRole = Literal["first_party", "third_party", "debt_buyer"]


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
    """How the company contacts: media, people at work, and what an attempt costs (reporting currency).

    Attributes:
        dialers: Whose disposition codes the log holds, as the seed disposition_map names them; empty = anybody's,
            as far as they do not contradict each other.
        dispositions: The company's own codes: raw code → canonical disposition. They go before every dialer's.
        automated_voice: Calls are made by an autodialer or with an artificial or recorded voice: a mobile number then
            needs consent of record.
        reservation_minutes: How long an allowed contact counts as made before the dialer confirms it.
    """

    media: tuple[Medium, ...] = ("voice",)
    dialers: tuple[Dialer, ...] = ()
    dispositions: dict[str, Disposition] = {}
    automated_voice: bool = False
    agents: int = Field(default=12, ge=0)
    attempts_per_agent_hour: float = Field(default=12, ge=0)
    cost_per_attempt_cents: int = Field(default=90, ge=0)
    reservation_minutes: int = Field(default=15, ge=1, le=1440)


class Leakage(Strict):
    """When something counts as revenue leakage. Days are calendar days.

    Attributes:
        unapplied_after_days: Money that was matched to no invoice for longer than this.
        untouched_after_days_past_due: An account past due for longer than this without a contact attempt.
        broken_promise_followup_days: A broken promise without a contact attempt within this.
        billing_grace_days: How much later than its usual day a bill may come before a period counts as skipped.
        late_billing_days: A service billed up to this after its period, or a late fee charged up to this after it was
            due, is a timing difference; what comes later has been recovered.
        late_fee_after_days: How long after the grace of the terms a late fee may still be under way.
        duplicate_within_days: Two equal credits or refunds at most this far apart are one given twice.
        recovery_floor: A written-off balance is collectable from this predicted share on, in [0, 1].
        alert_amount: An event of at least this many major units of its currency deserves a person.
    """

    unapplied_after_days: int = Field(default=7, ge=0)
    untouched_after_days_past_due: int = Field(default=15, ge=1)
    broken_promise_followup_days: int = Field(default=5, ge=0)
    billing_grace_days: int = Field(default=5, ge=0)
    late_billing_days: int = Field(default=45, ge=0)
    late_fee_after_days: int = Field(default=3, ge=0)
    duplicate_within_days: int = Field(default=7, ge=0)
    recovery_floor: float = Field(default=0.2, ge=0, le=1)
    alert_amount: float = Field(default=500, ge=0)


class Notifier(Strict):
    """An Airflow notifier that sends the day's alerts: a subclass of `BaseNotifier` by its import path.

    Attributes:
        class_path: (`class`) For example `airflow.providers.smtp.notifications.smtp.SmtpNotifier`.
        arguments: Given to its constructor. In templated ones, `{{ alerts_subject }}` and `{{ alerts_text }}` are the
            day's message. Passwords belong into an Airflow connection.
    """

    class_path: Annotated[str, Field(alias="class", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
    arguments: dict[str, Any] = {}


class Alerts(Strict):
    """What deserves a person today. Amounts are major units of the alert's own currency.

    Attributes:
        newly_overdue_amount: Smallest amount past due of an account that fell past due.
        broken_promise_amount: Smallest part of a promise that was not paid.
        bucket_crossing_amount: Smallest amount past due of an account that moved into a worse bucket.
        high_amount: From here on an alert is of high severity.
        kpi_band_mads: Half-width of a figure's usual band, in median absolute deviations.
        kpi_window_days: Trailing days that the band is made of.
        kpi_history_days: With fewer days of history a figure has no band.
        kpi_metrics: Figures that are watched; empty = every daily one.
        notifier: Who sends them; None = nobody.
    """

    newly_overdue_amount: float = Field(default=250, ge=0)
    broken_promise_amount: float = Field(default=100, ge=0)
    bucket_crossing_amount: float = Field(default=250, ge=0)
    high_amount: float = Field(default=1000, ge=0)
    kpi_band_mads: float = Field(default=6, gt=0)
    kpi_window_days: int = Field(default=56, ge=2, le=366)
    kpi_history_days: int = Field(default=14, ge=2)
    kpi_metrics: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...] = ()
    notifier: Notifier | None = None


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
    handover: Handover = Handover()
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
