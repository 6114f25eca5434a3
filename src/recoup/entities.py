"""The canonical source entities: what every source adapter delivers and every raw table holds.

One declaration serves landing (typed tables, casts, reject reasons), the source adapters' contract test, the synthetic
company and the incoming audit. Meaning and units follow the product's data contract:

* `*_cents` are integer minor units (ISO 4217) of the row's `currency`;
* `*_at` are instants (timestamptz, UTC), `*_on` and `*_date` are calendar days in the company's time zone, inclusive;
* a column that is not `required` may be missing from a source altogether.

`personal` columns never reach a raw table: landing routes them to the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "date", "timestamptz", "bigint", "integer", "numeric", "boolean", "text[]"]
Feed = Literal["ledger", "contact"]

FEEDS: tuple[Feed, ...] = ("ledger", "contact")


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    Attributes:
        required: A row without a value is rejected; a source without the column is refused.
        personal: Holds a name, address, number or e-mail; lands in the vault only.
        minimum: Smallest admissible value, inclusive (numbers only).
        choices: Admissible values; anything else is rejected. Empty = any.
    """

    name: str
    type: ColumnType
    required: bool = False
    personal: bool = False
    minimum: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One canonical entity.

    Attributes:
        key: Columns that identify a row. A nullable key column counts as the empty string.
        feeds: Sources that may deliver it.
        effective: Column that says when the fact happened; stands in for `source_recorded_at` where the source
            keeps none. None = a standing reference fact, known since always.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    feeds: tuple[Feed, ...]
    effective: str | None

    def column(self, name: str) -> Column:
        """Return the column called `name`. Raises KeyError if the entity has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def public_columns(self) -> tuple[Column, ...]:
        """Columns that a raw table holds, in order."""
        return tuple(column for column in self.columns if not column.personal)

    @property
    def personal_columns(self) -> tuple[Column, ...]:
        """Columns that only the vault holds, in order."""
        return tuple(column for column in self.columns if column.personal)


def _text(name: str, *, required: bool = False, personal: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", required, personal, choices=choices)


def _key(name: str) -> Column:
    return Column(name, "text", required=True)


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, "date", required)


def _instant(name: str, *, required: bool = False) -> Column:
    return Column(name, "timestamptz", required)


def _cents(name: str, *, required: bool = False, minimum: int | None = None) -> Column:
    return Column(name, "bigint", required, minimum=minimum)


def _count(name: str, *, required: bool = False, minimum: int | None = 0) -> Column:
    return Column(name, "integer", required, minimum=minimum)


def _flag(name: str, *, required: bool = False) -> Column:
    return Column(name, "boolean", required)


def _number(name: str, *, required: bool = False, minimum: int | None = None) -> Column:
    return Column(name, "numeric", required, minimum=minimum)


MEDIA = ("voice", "sms", "email", "letter")
COLLECTOR_ROLES = ("first_party", "third_party", "debt_buyer")
STATUSES = (
    "do_not_contact", "cease", "attorney", "dispute", "bankruptcy_petition", "bankruptcy_discharged",
    "bankruptcy_dismissed", "deceased", "minor", "active_duty", "hardship", "fraud", "disaster",
    "inconvenient_time", "inconvenient_place", "validation_sent", "verification_sent", "callback_requested",
    "shift_preference", "complaint", "revoke_all", "erased",
)  # fmt: skip

_LEDGER: tuple[Feed, ...] = ("ledger",)
_CONTACT: tuple[Feed, ...] = ("contact",)
_BOTH: tuple[Feed, ...] = ("ledger", "contact")

ENTITIES: tuple[Entity, ...] = (
    Entity("persons", ("person_id",), (
        _key("person_id"), _text("kind", required=True, choices=("natural", "business")), _text("language"),
        _count("birth_year", minimum=1900), _instant("created_at"), _text("full_name", personal=True),
    ), _LEDGER, "created_at"),
    Entity("accounts", ("account_id",), (
        _key("account_id"), _text("product", required=True), _text("segment"), _text("region"),
        _text("currency", required=True), _text("status", required=True), _date("opened_on", required=True),
        _date("closed_on"), _text("close_reason"), _text("terms_code"),
    ), _LEDGER, "opened_on"),
    Entity("account_parties", ("account_id", "person_id", "role", "from_on"), (
        _key("account_id"), _key("person_id"),
        _text("role", required=True, choices=(
            "obligor", "co_signer", "spouse", "guardian", "executor", "third_party")),
        _date("from_on", required=True), _date("to_on"),
    ), _LEDGER, "from_on"),
    Entity("debts", ("debt_id",), (
        _key("debt_id"), _key("account_id"), _text("kind", required=True),
        _text("collector_role", required=True, choices=COLLECTOR_ROLES), _date("placed_on"), _date("default_on"),
        _text("group_key"),
    ), _LEDGER, "placed_on"),
    Entity("terms", ("terms_code",), (
        _key("terms_code"), _count("net_days", required=True), _number("discount_rate", minimum=0),
        _count("discount_days"), _cents("late_fee_cents", minimum=0), _count("grace_days"),
    ), _LEDGER, None),
    Entity("contract_prices", ("account_id", "item", "kind", "from_on"), (
        _key("account_id"), _key("item"), _text("kind", required=True, choices=("price", "discount")),
        _cents("price_cents", required=True, minimum=0), _text("period", required=True, choices=("month", "unit")),
        _date("from_on", required=True), _date("to_on"),
    ), _LEDGER, "from_on"),
    Entity("subscriptions", ("subscription_id",), (
        _key("subscription_id"), _key("account_id"), _text("plan", required=True), _text("status", required=True),
        _date("started_on", required=True), _date("cancelled_on"), _text("cancel_reason"),
    ), _LEDGER, "started_on"),
    Entity("usage", ("account_id", "item", "service_from", "service_to"), (
        _key("account_id"), _key("item"), _date("service_from", required=True), _date("service_to", required=True),
        _number("quantity", required=True, minimum=0),
    ), _LEDGER, "service_to"),
    Entity("invoices", ("invoice_id",), (
        _key("invoice_id"), _key("account_id"), _text("debt_id"), _text("currency", required=True),
        _date("issued_on", required=True), _instant("sent_at"), _date("due_on"),
        _text("status", required=True, choices=("draft", "open", "paid", "void", "uncollectible")),
        _cents("total_cents", required=True), _cents("tax_cents"),
    ), _LEDGER, "issued_on"),
    Entity("invoice_lines", ("line_id",), (
        _key("line_id"), _key("invoice_id"), _key("item"), _date("service_from"), _date("service_to"),
        _number("quantity", required=True, minimum=0), _cents("unit_price_cents", required=True),
        _cents("amount_cents", required=True),
    ), _LEDGER, "service_to"),
    Entity("payments", ("payment_id",), (
        _key("payment_id"), _key("account_id"), _text("currency", required=True),
        _cents("amount_cents", required=True, minimum=0), _text("method", required=True),
        _text("status", required=True, choices=("pending", "settled", "failed", "returned")),
        _instant("attempted_at", required=True), _instant("settled_at"), _text("decline_code"), _text("provider"),
        _text("retry_of"),
    ), _LEDGER, "attempted_at"),
    Entity("applications", ("application_id",), (
        _key("application_id"), _text("payment_id"), _text("credit_id"), _key("invoice_id"),
        _cents("amount_cents", required=True, minimum=0), _date("applied_on", required=True), _text("reverses"),
    ), _LEDGER, "applied_on"),
    Entity("adjustments", ("adjustment_id",), (
        _key("adjustment_id"), _key("account_id"), _text("invoice_id"), _text("currency", required=True),
        _text("kind", required=True, choices=(
            "credit", "late_fee", "interest", "write_off", "recovery", "refund", "debit")),
        _cents("amount_cents", required=True, minimum=0), _date("on", required=True), _text("reason"),
    ), _LEDGER, "on"),
    Entity("disputes", ("dispute_id",), (
        _key("dispute_id"), _text("payment_id"), _text("invoice_id"),
        _text("kind", required=True, choices=("chargeback", "billing")),
        _cents("amount_cents", required=True, minimum=0), _instant("opened_at", required=True),
        _instant("evidence_due_at"), _instant("closed_at"), _text("outcome"),
    ), _LEDGER, "opened_at"),
    Entity("plans", ("plan_id",), (
        _key("plan_id"), _key("account_id"), _date("agreed_on", required=True), _text("status", required=True),
    ), _LEDGER, "agreed_on"),
    Entity("instalments", ("plan_id", "seq"), (
        _key("plan_id"), _count("seq", required=True, minimum=1), _date("due_on", required=True),
        _cents("amount_cents", required=True, minimum=0),
    ), _LEDGER, None),
    Entity("costs", ("on", "kind", "detail"), (
        _date("on", required=True), _text("kind", required=True, choices=("acquisition", "channel", "agency")),
        _cents("amount_cents", required=True, minimum=0), _text("detail"),
    ), _LEDGER, "on"),
    Entity("offers", ("offer_id",), (
        _key("offer_id"), _key("account_id"), _text("kind", required=True), _instant("made_at", required=True),
        _text("outcome"), _cents("amount_cents", minimum=0),
    ), _LEDGER, "made_at"),
    Entity("fx_rates", ("on", "from_currency", "to_currency"), (
        _date("on", required=True), _key("from_currency"), _key("to_currency"),
        _number("rate", required=True, minimum=0),
    ), _LEDGER, "on"),
    Entity("contact_points", ("contact_point_id",), (
        _key("contact_point_id"), _key("person_id"), _text("medium", required=True, choices=MEDIA),
        _text("address", required=True, personal=True), _text("type", choices=("mobile", "home", "work")),
        _text("postal_code"), _text("source"), _instant("verified_at"), _instant("valid_from"), _instant("valid_to"),
    ), _BOTH, "valid_from"),
    Entity("status_events", ("person_id", "account_id", "debt_id", "status", "from_at"), (
        _text("person_id"), _text("account_id"), _text("debt_id"), _text("status", required=True, choices=STATUSES),
        _instant("from_at", required=True), _instant("to_at"), _text("detail"), _text("evidence_ref"),
    ), _BOTH, "from_at"),
    Entity("consents", ("contact_point_id", "person_id", "medium", "purpose", "at"), (
        _text("contact_point_id"), _text("person_id"), _text("medium", required=True, choices=(*MEDIA, "any")),
        _text("purpose", required=True, choices=("servicing", "collection", "solicitation")),
        _text("state", required=True, choices=("given", "refused", "revoked")), _instant("at", required=True),
        _text("evidence_ref"),
    ), _CONTACT, "at"),
    Entity("number_scrubs", ("contact_point_id", "list", "checked_at"), (
        _key("contact_point_id"), _text("list", required=True, choices=("national", "own")),
        _text("state", required=True, choices=("listed", "clear")), _instant("checked_at", required=True),
    ), _CONTACT, "checked_at"),
    Entity("attempts", ("attempt_id",), (
        _key("attempt_id"), _key("person_id"), _key("contact_point_id"), Column("debt_ids", "text[]"),
        _text("channel", required=True, choices=("voice", "sms", "email", "letter", "voicemail")),
        _text("direction", required=True, choices=("outbound", "inbound")), _instant("started_at", required=True),
        _flag("connected", required=True), _flag("human"), _flag("right_party"), _flag("conversation"),
        _count("talk_seconds"), _count("hold_seconds"), _count("wrap_seconds"), _text("agent_id"), _text("campaign"),
        _text("disposition_raw", required=True), _text("list_row_hash"),
    ), _CONTACT, "started_at"),
    Entity("promises", ("promise_id",), (
        _key("promise_id"), _key("account_id"), _text("attempt_id"), _instant("made_at", required=True),
        _date("due_on", required=True), _cents("amount_cents", required=True, minimum=0),
    ), _CONTACT, "made_at"),
    Entity("agents", ("agent_id",), (
        _key("agent_id"), _text("team"), Column("skills", "text[]"), _cents("cost_per_hour_cents", minimum=0),
    ), _CONTACT, None),
    Entity("shifts", ("agent_id", "starts_at"), (
        _key("agent_id"), _instant("starts_at", required=True), _instant("ends_at", required=True),
    ), _CONTACT, "starts_at"),
    Entity("assignments", ("account_id", "agent_id", "team", "from_on"), (
        _key("account_id"), _text("agent_id"), _text("team"), _date("from_on", required=True), _date("to_on"),
    ), _CONTACT, "from_on"),
    Entity("sentiment", ("attempt_id", "account_id", "at", "source"), (
        _text("attempt_id"), _text("account_id"), _instant("at", required=True),
        _number("score", required=True, minimum=-1), _text("source"),
    ), _CONTACT, "at"),
)  # fmt: skip

_BY_NAME = {entity.name: entity for entity in ENTITIES}


def entity(name: str) -> Entity:
    """Return the canonical entity called `name`. Raises KeyError with the known names otherwise."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise KeyError(f"no canonical entity {name!r}; known: {', '.join(sorted(_BY_NAME))}") from None


def entities_of(feed: Feed) -> tuple[Entity, ...]:
    """Entities that `feed` may deliver, in landing order."""
    return tuple(e for e in ENTITIES if feed in e.feeds)
