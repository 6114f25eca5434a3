"""The day's lists: whom to contact, in which order and when, and why everybody else is left out.

value of a contact in a slot = P(right party answers) × (expected cash if spoken to − if left alone) − cost of the
attempt.

Exploration first takes its random hours, then the treated are seated so that all seats are worth the most together.
Every account of the population ends in exactly one of the two: listed once, or excluded with at least one reason. All
of it is a pure function of its inputs: the same rows in any order give the same lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recoup.company import Company
from recoup.day import Day
from recoup_ml.assignment import UNLIMITED, assign_slots
from recoup_ml.exclusions import COLUMNS, blocked_rows, own_citations, own_rows
from recoup_ml.list_inputs import ListInputs
from recoup_ml.money import minor_units
from recoup_ml.params import Params
from recoup_ml.reach import default_reach
from recoup_ml.score import DIGITS, cost_in_reporting_units, reporting_rate
from recoup_ml.seating import seat_best
from recoup_ml.slots import best_slots, slots_in_windows

VOICE = ("voice", "voicemail")
STANDARD_SCRIPT = "standard"
DISCLOSURE_SCRIPT = "time_barred_disclosure"
"""Script of a contact with which the law wants something said about the debt's age."""
ACTIONS = {"voice": "call", "voicemail": "leave_voicemail", "sms": "text", "email": "email", "letter": "letter"}


@dataclass(frozen=True)
class Proposal:
    """Rows of scores.proposed_* and scores.slot_propensity, without the columns that are one value a list.

    Attributes:
        priority: Listed accounts in order, seq 1..n; `local_hour` says which slot was chosen.
        best_times: Up to three hours a contact point of listed accounts.
        excluded: At least one row for every other account.
        propensity: One row for every account with an eligible contact and an arm.
    """

    priority: pd.DataFrame
    best_times: pd.DataFrame
    excluded: pd.DataFrame
    propensity: pd.DataFrame


def propose(inputs: ListInputs, day: Day, params: Params, company: Company) -> Proposal:
    """Make the lists of one date.

    Raises:
        RuntimeError: An account would be in both lists or in none: a defect.
    """
    population = inputs.population
    contacts, reasons = _contacts_to_consider(inputs)
    pairs = _priced_slots(contacts, inputs, day, params, company)
    plannable = pairs[pairs["is_plannable"]]
    reasons["NO_SLOT"] = _without(contacts["account_id"], plannable["account_id"])
    reasons["NO_EXCHANGE_RATE"] = _ids(plannable.loc[plannable["value"].isna(), "account_id"])
    plannable = plannable[plannable["value"].notna()]

    explored, skipped = _explore_pairs(plannable[plannable["arm"] == "explore"], params)
    reasons["EXPLORE_SKIP"] = skipped
    treated = plannable[plannable["arm"] == "treated"]
    best = treated.groupby("account_id")["value"].max()
    sure = treated.loc[treated["p_pay_if_not"] >= params.lists.sure_payer_probability, "account_id"]
    reasons["SURE_PAYER"] = _ids(sure)
    reasons["NEGATIVE_VALUE"] = _ids(best.index[best <= params.lists.min_value].to_series())
    left_alone = pd.concat([reasons["SURE_PAYER"], reasons["NEGATIVE_VALUE"]])
    wanted = treated[~treated["account_id"].isin(left_alone) & (treated["value"] > params.lists.min_value)]

    listed, crowded_out, same_person = _assign(explored, wanted, company, params)
    reasons["CAPACITY"], reasons["SAME_PERSON_LISTED"] = crowded_out, same_person
    priority = _priority_rows(listed, population)
    excluded = _excluded_rows(inputs, reasons, best, company, params)
    _check_complete(population["account_id"], priority["account_id"], excluded["account_id"])
    on_list = pairs.merge(listed[["account_id", "person_id"]], on=["account_id", "person_id"])
    return Proposal(
        priority, _best_time_rows(on_list, params), excluded, _propensity_rows(contacts, pairs, listed, inputs, params)
    )


def _contacts_to_consider(inputs: ListInputs) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Eligible contacts whose person's own arm is the account's; and who falls out on the way, by reason."""
    population_ids = inputs.population["account_id"]
    contacts = inputs.contacts[inputs.contacts["account_id"].isin(population_ids)].merge(
        inputs.arms, on="account_id", how="left"
    )
    controls = inputs.arms.loc[
        (inputs.arms["arm"] == "control") & inputs.arms["account_id"].isin(population_ids), "account_id"
    ]
    blocked = _without(population_ids, contacts["account_id"])
    reasons = {"CONTROL": _ids(controls), "NO_ARM": _ids(contacts.loc[contacts["arm"].isna(), "account_id"])}
    reasons["NO_ELIGIBLE_CONTACT"] = _without(blocked, inputs.blocks["account_id"])
    contacts = contacts[contacts["arm"].isin(["explore", "treated"])]
    # A co-signer who is in the control arm through an account of their own must not be called about this one either.
    own_arm = contacts["person_id"].map(inputs.person_arms.set_index("person_id")["arm"])
    fitting = contacts[own_arm.isna() | (own_arm == contacts["arm"])]
    reasons["OTHER_ARM"] = _without(contacts["account_id"], fitting["account_id"])
    return fitting.reset_index(drop=True), reasons


def _priced_slots(
    contacts: pd.DataFrame, inputs: ListInputs, day: Day, params: Params, company: Company
) -> pd.DataFrame:
    """One row per contact and allowed hour: chance, value (major units of reporting currency), capacity's hour."""
    windows = inputs.windows[inputs.windows["contact"].isin(contacts["contact"])]
    slots = slots_in_windows(contacts, windows, day.list_date, min_minutes=params.lists.min_window_minutes)
    pairs = slots.merge(contacts, on="contact", how="left").merge(inputs.values, on="account_id", how="left")
    pairs = pairs.merge(inputs.reach, on=["contact_point_id", "local_hour"], how="left")
    pairs = pairs.merge(inputs.population[["account_id", "currency", "past_due_amount"]], on="account_id", how="left")
    pairs = _with_default_chance(pairs, day, params)
    rate = reporting_rate(pairs["currency"], company.reporting_currency, params.lists)
    gain = pairs["uplift_cents"] / minor_units(pairs["currency"]) * rate
    factor = pairs["channel"].map(params.lists.cost_factor).astype("float64").fillna(1.0)
    pairs["value"] = (
        (pairs["p_right_party"] * gain - cost_in_reporting_units(company) * factor).where(rate.notna()).round(DIGITS)
    )
    pairs["cost_factor"] = factor
    start = pd.to_datetime(pairs["start_utc"], utc=True)
    first, last = params.lists.work_hours_local
    needs_agent = pairs["channel"].isin(VOICE)
    at_work = start.dt.tz_convert(company.time_zone).dt.hour.between(first, last - 1)
    pairs["is_plannable"] = at_work | ~needs_agent
    # Minutes are cut off: a half-hour zone's slot counts in the hour that it starts in.
    pairs["capacity_hour"] = start.dt.floor("h").where(needs_agent)
    return pairs.sort_values(["account_id", "contact_point_id", "channel", "local_hour"]).reset_index(drop=True)


def _with_default_chance(pairs: pd.DataFrame, day: Day, params: Params) -> pd.DataFrame:
    """Fill in the chance where no model scored the slot: other channels, contact points without features."""
    hours = pairs[["local_hour"]].assign(
        local_weekday=day.list_date.isoweekday(), point_type=None, point_attempts_180d=0, point_rpc_180d=0
    )
    curve = pd.Series(default_reach(params.reach).predict(hours), index=pairs.index, dtype="float64")
    default = pairs["channel"].map(params.reach.default_other_channel).astype("float64").fillna(curve)
    # A reach score is about answering a call; on another channel of the same point it says nothing.
    scored = pairs["p_right_party"].notna() & (pairs["channel"] == "voice")
    return pairs.assign(
        # As the list stores it, in single precision: the score has to follow from the row alone.
        p_right_party=pairs["p_right_party"].where(scored, default.round(DIGITS)).astype("float32").astype("float64"),
        evidence=pairs["evidence"].where(scored, "default"),
        n_attempts_seen=pairs["n_attempts_seen"].where(scored, 0).fillna(0).astype("int64"),
    )


def _explore_pairs(pairs: pd.DataFrame, params: Params) -> tuple[pd.DataFrame, pd.Series]:
    """One random slot for each exploration account that today's draw contacts; and the accounts it skips."""
    is_drawn = pairs["action_draw"] < params.lists.explore_contact_share
    skipped = _ids(pairs.loc[~is_drawn, "account_id"])
    drawn = pairs[is_drawn]
    count = drawn.groupby("account_id")["contact"].transform("size")
    place = drawn.groupby("account_id").cumcount()
    chosen = drawn[place == np.floor(drawn["slot_draw"] * count)]
    return chosen.assign(slot_propensity=(1 / count).reindex(chosen.index)), skipped


def _assign(
    explored: pd.DataFrame, wanted: pd.DataFrame, company: Company, params: Params
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Seat both arms under each hour's capacity.

    Returns:
        The listed pairs, the accounts crowded out, and those whose person is listed for another account.
    """
    room = int(company.contact.agents * company.contact.attempts_per_agent_hour)
    hours = pd.Index(pd.concat([explored["capacity_hour"], wanted["capacity_hour"]]).dropna().unique()).sort_values()
    capacity = np.full(len(hours), room, dtype=np.int64)

    # The person's largest debt speaks for them; no model has a say in this arm.
    due = pd.to_numeric(explored["past_due_amount"])
    explored = explored.assign(due=due).sort_values(["due", "account_id"], ascending=[False, True])
    explorers = explored.drop_duplicates("person_id").sort_values(["slot_draw", "account_id"])
    seated_explorers = explorers[_seats(explorers, hours, capacity)]
    capacity = capacity - _used(seated_explorers, hours, len(capacity))

    ordered = wanted.sort_values(
        ["value", "account_id", "start_utc", "contact_point_id", "channel"], ascending=[False, True, True, True, True]
    )
    # An account is about one person a day, and a person about one account: those of the best slot.
    best = ordered.drop_duplicates("account_id")
    best = best[~best["person_id"].isin(seated_explorers["person_id"])].drop_duplicates("person_id")
    candidates = ordered.merge(best[["account_id", "person_id"]], on=["account_id", "person_id"])
    seated = candidates[_best_seats(candidates, hours, capacity)].assign(slot_propensity=1.0)

    listed = pd.concat([seated_explorers.drop(columns="due"), seated], ignore_index=True)
    left = pd.concat([explored, ordered]).drop_duplicates("account_id")
    left = left[~left["account_id"].isin(listed["account_id"])]
    is_same = left["person_id"].isin(listed["person_id"])
    return listed, _ids(left.loc[~is_same, "account_id"]), _ids(left.loc[is_same, "account_id"])


def _seats(pairs: pd.DataFrame, hours: pd.Index, capacity: np.ndarray) -> np.ndarray:
    """Pairs that get a seat (bool); `pairs` are best first."""
    entity = pd.factorize(pairs["account_id"])[0].astype(np.int64)
    return assign_slots(entity, _codes(pairs, hours), capacity)


def _best_seats(pairs: pd.DataFrame, hours: pd.Index, capacity: np.ndarray) -> np.ndarray:
    """Pairs that get a seat (bool), so that all seats are worth the most together; `pairs` are best first."""
    entity = pd.factorize(pairs["account_id"])[0].astype(np.int64)
    return seat_best(entity, _codes(pairs, hours), pairs["value"].to_numpy(dtype=np.float64), capacity)


def _used(pairs: pd.DataFrame, hours: pd.Index, size: int) -> np.ndarray:
    codes = _codes(pairs, hours)
    return np.bincount(codes[codes != UNLIMITED], minlength=size).astype(np.int64)


def _codes(pairs: pd.DataFrame, hours: pd.Index) -> np.ndarray:
    """Position of each pair's hour; UNLIMITED where no agent is needed."""
    return hours.get_indexer(pd.Index(pairs["capacity_hour"])).astype(np.int64)


def _priority_rows(listed: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    rows = listed.drop(columns=["currency", "past_due_amount"]).merge(
        population.drop(columns="person_id"), on="account_id"
    )
    rows = rows.sort_values(["value", "account_id"], ascending=[False, True]).reset_index(drop=True)
    units = minor_units(rows["currency"])
    return pd.DataFrame({
        "seq": np.arange(1, len(rows) + 1),
        **{name: rows[name] for name in ("account_id", "person_id", "debt_ids", "channel", "contact_point_id")},
        "assigned_slot_start_utc": rows["start_utc"], "assigned_slot_end_utc": rows["end_utc"],
        "local_hour": rows["local_hour"],
        "priority_score": rows["value"],
        **{name: rows[name] for name in ("p_right_party", "p_pay_if_contacted", "p_pay_if_not")},
        "expected_recovery_amount": (rows["expected_recovery_cents"] / units).round(4),
        "uplift_amount": (rows["uplift_cents"] / units).round(4),
        "cost_amount": (rows["cost_cents"] * rows["cost_factor"] / units).round(4),
        **{name: rows[name] for name in (
            "balance_amount", "past_due_amount", "currency", "days_past_due", "aging_bucket", "promise_due_on",
            "allowed_windows_utc", "time_zone_set", "attempts_remaining", "valid_until_utc")},
        "action": rows["channel"].map(ACTIONS).fillna("call"), "queue": rows["queue"],
        "script_code": pd.Series(STANDARD_SCRIPT, index=rows.index).where(~rows["owes_disclosure"], DISCLOSURE_SCRIPT),
        "arm": rows["arm"],
    })  # fmt: skip


def _best_time_rows(pairs: pd.DataFrame, params: Params) -> pd.DataFrame:
    # One row a contact point and hour, though a point may be allowed on several channels.
    ordered = pairs.sort_values(
        ["account_id", "contact_point_id", "local_hour", "p_right_party"], ascending=[True, True, True, False]
    )
    hours = ordered.drop_duplicates(["account_id", "contact_point_id", "local_hour"])
    keyed = hours.assign(contact=hours.groupby(["account_id", "contact_point_id"], sort=True).ngroup())
    best = best_slots(keyed, params.lists.best_windows)
    return pd.DataFrame({
        **{name: best[name] for name in ("account_id", "contact_point_id", "rank", "person_id", "channel")},
        "window_start_local": pd.to_datetime(best["start_local"]).dt.time,
        "window_end_local": pd.to_datetime(best["end_local"]).dt.time,
        "time_zone": best["time_zone"], "window_start_utc": best["start_utc"], "window_end_utc": best["end_utc"],
        **{name: best[name] for name in ("p_right_party", "evidence", "n_attempts_seen")},
    })  # fmt: skip


def _excluded_rows(
    inputs: ListInputs, reasons: dict[str, pd.Series], best: pd.Series, company: Company, params: Params
) -> pd.DataFrame:
    citations = own_citations(company, params.lists)
    worth = "best value " + best.round(2).astype("str") + " " + company.reporting_currency
    detail = {"NEGATIVE_VALUE": worth, "CAPACITY": worth}
    parts = [blocked_rows(inputs.blocks[inputs.blocks["account_id"].isin(inputs.population["account_id"])])]
    parts += [
        own_rows(inputs.population, ids, reason, citations, detail.get(reason)) for reason, ids in reasons.items()
    ]
    filled = [part for part in parts if not part.empty]
    rows = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
    # Where the policy names a reason of ours too, its own row stands.
    return rows.drop_duplicates(["account_id", "reason"]).sort_values(["account_id", "reason"]).reset_index(drop=True)


def _propensity_rows(
    contacts: pd.DataFrame, pairs: pd.DataFrame, listed: pd.DataFrame, inputs: ListInputs, params: Params
) -> pd.DataFrame:
    """How likely each account's contact and slot was when the list was made; control is certain not to be contacted."""
    eligible = (
        inputs.contacts[["account_id"]].drop_duplicates().merge(inputs.arms[["account_id", "arm"]], on="account_id")
    )
    eligible = eligible.merge(inputs.population[["account_id", "person_id"]].dropna(), on="account_id")
    rows = eligible.merge(
        listed[["account_id", "contact_point_id", "start_utc", "slot_propensity"]], on="account_id", how="left"
    ).sort_values("account_id", ignore_index=True)
    planned = rows["contact_point_id"].notna()
    explorable = (rows["arm"] == "explore") & rows["account_id"].isin(pairs.loc[pairs["is_plannable"], "account_id"])
    return pd.DataFrame({
        **{name: rows[name] for name in ("account_id", "person_id", "arm")},
        "is_contact_planned": planned,
        "contact_point_id": rows["contact_point_id"],
        "slot_start_utc": rows["start_utc"],
        "action_propensity": np.where(explorable, params.lists.explore_contact_share, planned.astype("float64")),
        "slot_propensity": rows["slot_propensity"].round(DIGITS),
    })  # fmt: skip


def _check_complete(population: pd.Series, listed: pd.Series, excluded: pd.Series) -> None:
    if not listed.is_unique or listed.isin(excluded).any() or set(listed) | set(excluded) != set(population):
        raise RuntimeError("the proposed lists are not disjoint and complete over the population")


def _ids(accounts: pd.Series) -> pd.Series:
    return accounts.drop_duplicates().reset_index(drop=True)


def _without(accounts: pd.Series, others: pd.Series) -> pd.Series:
    """Distinct ids in `accounts` that are not in `others`."""
    return _ids(accounts[~accounts.isin(others)])
