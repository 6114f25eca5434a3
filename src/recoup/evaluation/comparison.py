"""Revenue leakage that was found, held against what was put in: one company, one day, cause by cause.

An event is a true one when the truth has a leak of the same cause with the same subject, or one whose subject is among
the event's evidence. Where another event took all the money, the leak's own row is named on it, with its cause: that is
found too, and counted apart. What nobody could tell yet on the day (a line that may still come on the next bill) is in
neither side.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.synthetic import state
from recoup.synthetic.profile import LEAK_CAUSES

IN_MONITORING = "written_off_collectable"
MOST_EXAMPLES = 20
_TRUTH = """
select
    leak_id, cause, kind, account_id, amount_cents, recovered_cents, decidable_on, evidence_entity, evidence_key,
    is_innocent
from leaks
"""
_EVENTS = """
select
    event_id, cause, account_id, (at_risk_amount * 100)::bigint as at_risk_cents,
    (recovered_amount * 100)::bigint as recovered_cents, other_causes, subject_entity, subject_key
from {}
where arose_on <= %s and detected_on <= %s
"""
_EVIDENCE = "select event_id, role, entity, entity_key from marts.revenue_leakage_evidence"


@dataclass(frozen=True)
class CauseFigures:
    """How one cause came out. Counts are events; amounts are minor units, currencies added as they are.

    Attributes:
        leaks, leak_cents: Put in, and decidable on the day.
        innocents: Lookalikes put in.
        undecided: Put in, leaks or not, that nobody could tell apart yet.
        events: Found, without those about undecided subjects.
        found, found_cents: Leaks that an event of their cause is about; the amount is the truth's.
        named, named_cents: Leaks whose own row is named on the event that has their money: of an earlier cause, or an
            earlier one of the same.
        false_on_innocents: Events about a lookalike.
        false_elsewhere: Events about nothing that was put in.
        false_cents: Their amounts at risk.
        event_cents: What the events of the found leaks say is at risk.
        off_cents: Σ |event's amount at risk − truth's| over found leaks whose event shares its money with no other
            cause.
        compared_cents: Truth's amount of those leaks.
        recovered_cents, event_recovered_cents: Recovered of the found leaks: truth's and the events'.
    """

    cause: str
    leaks: int = 0
    leak_cents: int = 0
    innocents: int = 0
    undecided: int = 0
    events: int = 0
    found: int = 0
    found_cents: int = 0
    named: int = 0
    named_cents: int = 0
    false_on_innocents: int = 0
    false_elsewhere: int = 0
    false_cents: int = 0
    event_cents: int = 0
    off_cents: int = 0
    compared_cents: int = 0
    recovered_cents: int = 0
    event_recovered_cents: int = 0

    def __add__(self, other: CauseFigures) -> CauseFigures:
        """Both companies together."""
        if self.cause != other.cause:
            raise ValueError(f"{self.cause} and {other.cause} are two causes")
        added = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "cause"}
        return CauseFigures(self.cause, **added)

    @property
    def precision(self) -> float | None:
        """Share of the events that are leaks; None without events."""
        return _ratio(self.found, self.found + self.false_on_innocents + self.false_elsewhere)

    @property
    def recall(self) -> float | None:
        """Share of the leaks that are found or named; None without leaks."""
        return _ratio(self.found + self.named, self.leaks)

    @property
    def amount_precision(self) -> float | None:
        """The same by amount at risk."""
        return _ratio(self.found_cents, self.found_cents + self.false_cents)

    @property
    def amount_recall(self) -> float | None:
        """The same by amount at risk."""
        return _ratio(self.found_cents + self.named_cents, self.leak_cents)

    @property
    def amount_error(self) -> float | None:
        """Mean relative error of the amount at risk, over leaks that share their money with no other cause."""
        return _ratio(self.off_cents, self.compared_cents)

    def as_record(self) -> dict[str, Any]:
        """Every number, and the ratios, JSON-ready."""
        ratios = ("precision", "recall", "amount_precision", "amount_recall", "amount_error")
        return asdict(self) | {name: getattr(self, name) for name in ratios}


@dataclass(frozen=True)
class Mismatch:
    """One leak that was missed, one event that is none, or one wrong amount: something to look up."""

    cause: str
    what: str
    kind: str
    account_id: str
    entity: str
    key: str
    truth_cents: int
    event_cents: int


@dataclass(frozen=True)
class Comparison:
    """All causes of one company on one day, in the order of precedence."""

    causes: tuple[CauseFigures, ...]
    mismatches: tuple[Mismatch, ...]
    has_scores: bool


def compare(settings: Settings, as_of_date: date) -> Comparison:
    """Hold the warehouse's leakage events of `as_of_date` against the synthetic company's truth.

    Raises:
        RecoupError: There is no company, it stands at another day, or the events were not built.
    """
    truth, last = _truth(settings)
    if last != as_of_date:
        raise RecoupError(
            f"The synthetic company stands at {last}, and its truth is of that day: evaluate {last}, not {as_of_date}."
        )
    events, evidence, has_scores = _found(settings, as_of_date)
    figures, mismatches = [], []
    for cause in LEAK_CAUSES:
        if cause == IN_MONITORING and not has_scores:
            # nobody has looked for it: neither found nor missed
            figures.append(CauseFigures(cause, undecided=int((truth.cause == cause).sum())))
            continue
        figure, wrong = compare_cause(cause, truth, events, evidence, as_of_date)
        figures.append(figure)
        mismatches.extend(wrong)
    return Comparison(tuple(figures), tuple(mismatches), has_scores)


def _ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None


def _truth(settings: Settings) -> tuple[pd.DataFrame, date]:
    with state.open_truth(settings) as connection:
        found = state.saved(connection)
        if found is None:
            raise RecoupError("There is no synthetic company to evaluate: run `recoup company create` first.")
        return _frame(connection.execute(_TRUTH)), found[2]


def _found(settings: Settings, as_of_date: date) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    with warehouse.connect("bi_reader", settings) as connection:
        try:
            events = _frame(connection.execute(_about("marts", "revenue_leakage_events"), [as_of_date] * 2))
            evidence = _frame(connection.execute(_EVIDENCE))
        except psycopg.errors.UndefinedTable:
            raise RecoupError(
                f"No revenue leakage was built for {as_of_date}: run `recoup run --as-of-date {as_of_date} "
                "--to build_marts` first."
            ) from None
        name = f"revenue_leakage_{IN_MONITORING}"
        row = connection.execute("select to_regclass(%s) is not null", [f"monitoring.{name}"]).fetchone()
        has_scores = row == (True,)
        if has_scores:
            scored = _frame(connection.execute(_about("monitoring", name), [as_of_date] * 2))
            events = pd.concat([events[events.cause != IN_MONITORING], scored], ignore_index=True)
    return events, evidence, has_scores


def _about(schema: str, table: str) -> sql.Composed:
    return sql.SQL(_EVENTS).format(sql.Identifier(schema, table))


def _frame(cursor: psycopg.Cursor[tuple[Any, ...]]) -> pd.DataFrame:
    columns = [column.name for column in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=columns)


def compare_cause(
    cause: str, every_truth: pd.DataFrame, every: pd.DataFrame, evidence: pd.DataFrame, as_of_date: date
) -> tuple[CauseFigures, list[Mismatch]]:
    """Figures and mismatches of one cause, out of the frames of all causes (columns as the queries give them)."""
    truth, events = every_truth[every_truth.cause == cause], every[every.cause == cause]
    is_open = truth.decidable_on > as_of_date
    leaks, innocents = truth[~truth.is_innocent & ~is_open], truth[truth.is_innocent & ~is_open]
    subject = ["subject_entity", "subject_key"]
    key = ["evidence_entity", "evidence_key"]
    undecided = truth[is_open][key].rename(columns=dict(zip(key, subject, strict=True)))
    events = events.merge(undecided, on=subject, how="left", indicator="where")
    events = events[events.pop("where") == "left_only"]

    pairs = leaks.merge(events, left_on=key, right_on=subject, suffixes=("", "_found"))
    rest = leaks[~leaks.leak_id.isin(pairs.leak_id)]
    others = events[~events.event_id.isin(pairs.event_id)]
    proofs = evidence[evidence.event_id.isin(others.event_id) & ~evidence.role.str.startswith("also ")]
    by_proof = rest.merge(proofs[["event_id", "entity", "entity_key"]], left_on=key, right_on=["entity", "entity_key"])
    by_proof = by_proof.drop_duplicates("leak_id").drop_duplicates("event_id")
    by_proof = by_proof.merge(others, on="event_id", suffixes=("", "_found"))
    pairs = pd.concat([pairs, by_proof], ignore_index=True) if len(by_proof) else pairs

    missed = leaks[~leaks.leak_id.isin(pairs.leak_id)]
    also = evidence[evidence.role == f"also {cause}"].drop_duplicates(["entity", "entity_key"])
    named = missed.merge(also[["entity", "entity_key"]], left_on=key, right_on=["entity", "entity_key"])
    missed = missed[~missed.leak_id.isin(named.leak_id)]
    false = events[~events.event_id.isin(pairs.event_id)]
    false = false.merge(innocents[[*key, "kind"]], left_on=subject, right_on=key, how="left").drop_duplicates(
        "event_id"
    )
    alone = pairs[pairs.other_causes.map(lambda causes: not causes).astype(bool)]
    off = (alone.at_risk_cents - alone.amount_cents).abs()
    figures = CauseFigures(
        cause, leaks=len(leaks), leak_cents=int(leaks.amount_cents.sum()), innocents=len(innocents),
        undecided=int(is_open.sum()), events=len(events), found=len(pairs), found_cents=int(pairs.amount_cents.sum()),
        named=len(named), named_cents=int(named.amount_cents.sum()),
        false_on_innocents=int(false.kind.notna().sum()), false_elsewhere=int(false.kind.isna().sum()),
        false_cents=int(false.at_risk_cents.sum()), event_cents=int(pairs.at_risk_cents.sum()),
        off_cents=int(off.sum()), compared_cents=int(alone.amount_cents.sum()),
        recovered_cents=int(pairs.recovered_cents.sum()),
        event_recovered_cents=int(pairs.get("recovered_cents_found", pd.Series(dtype="int64")).sum()),
    )  # fmt: skip
    return figures, [
        *_mismatches(cause, "missed", missed, "evidence_entity", "evidence_key", truth_cents="amount_cents"),
        *_mismatches(cause, "not a leak", false, "subject_entity", "subject_key", event_cents="at_risk_cents"),
        *_mismatches(
            cause, "another amount", alone[off > 0], "evidence_entity", "evidence_key", "amount_cents", "at_risk_cents"
        ),
    ]


def _mismatches(
    cause: str, what: str, rows: pd.DataFrame, entity: str, key: str, truth_cents: str | None = None,
    event_cents: str | None = None,
) -> list[Mismatch]:  # fmt: skip
    return [
        Mismatch(
            cause, what, row["kind"] if isinstance(row["kind"], str) else "unknown to the truth", row["account_id"],
            row[entity], row[key], int(row[truth_cents]) if truth_cents else 0,
            int(row[event_cents]) if event_cents else 0,
        )
        for row in rows.head(MOST_EXAMPLES).to_dict("records")
    ]  # fmt: skip
