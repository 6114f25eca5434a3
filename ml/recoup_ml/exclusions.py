"""Why an account is not listed: the policy's block reasons, and reasons of our own with the parameter they rest on."""

from __future__ import annotations

import pandas as pd

from recoup.company import Company
from recoup_ml.params import Lists

COLUMNS = [
    "account_id",
    "reason",
    "person_id",
    "rule_id",
    "citation",
    "blocked_from_utc",
    "blocked_until_utc",
    "detail",
]

OWN_WORDS: dict[str, str] = {
    "CONTROL": "Left alone on purpose: part of the randomized control that measures what the lists add.",
    "EXPLORE_SKIP": "Left alone on purpose today: drawn at random for learning.",
    "CAPACITY": "Every agent hour of the day is taken by accounts where a contact adds more.",
    "NEGATIVE_VALUE": "A contact would cost more than it is expected to bring.",
    "SURE_PAYER": "Will most likely pay without a contact.",
    "SAME_PERSON_LISTED": "The person is on the list already, for another account.",
    "OTHER_ARM": "Left alone on purpose: whoever may be contacted is in another arm of the experiment.",
    "NO_ARM": "Left alone: no arm of the experiment was drawn for the account.",
    "NO_SLOT": "No allowed hour falls into the agents' working day.",
    "NO_EXCHANGE_RATE": "The currency has no exchange rate, so the contact's value is not known.",
    "NO_ELIGIBLE_CONTACT": "Nobody who owes the account may be contacted.",
}
"""What each reason of our own says to an agent."""

LEFT_ALONE = frozenset({"CONTROL", "EXPLORE_SKIP", "OTHER_ARM", "NO_ARM"})
"""Reasons of the experiment: a contact on one's own account would spoil what is measured."""

BLOCKING = frozenset({"SAME_PERSON_LISTED", "NO_SLOT", "NO_ELIGIBLE_CONTACT"})
"""Reasons of our own that leave no contact: the person is contacted already, or no allowed moment is left."""


def own_citations(company: Company, lists: Lists) -> dict[str, str]:
    """Reason of our own → the parameter and its value."""
    experiment, contact = company.experiment, company.contact
    return {
        "CONTROL": f"company.yml: experiment.control_share = {experiment.control_share:g}",
        "EXPLORE_SKIP": f"ml/params.yaml: lists.explore_contact_share = {lists.explore_contact_share:g}",
        "CAPACITY": (
            f"company.yml: contact.agents = {contact.agents:g}, "
            f"contact.attempts_per_agent_hour = {contact.attempts_per_agent_hour:g}"
        ),
        "NEGATIVE_VALUE": f"ml/params.yaml: lists.min_value = {lists.min_value:g}",
        "SURE_PAYER": f"ml/params.yaml: lists.sure_payer_probability = {lists.sure_payer_probability:g}",
        "SAME_PERSON_LISTED": f"ml/params.yaml: lists.contacts_per_person_day = {lists.contacts_per_person_day}",
        "OTHER_ARM": "company.yml: experiment (whoever may be contacted is in another arm than the account)",
        "NO_ARM": "company.yml: experiment (no arm was drawn for the account)",
        "NO_SLOT": (
            f"ml/params.yaml: lists.work_hours_local = {lists.work_hours_local[0]} to {lists.work_hours_local[1]}, "
            f"lists.min_window_minutes = {lists.min_window_minutes}"
        ),
        "NO_EXCHANGE_RATE": "ml/params.yaml: lists.exchange_rates",
        "NO_ELIGIBLE_CONTACT": "policy.eligible_contacts (no contact is allowed, and no rule says why)",
    }


def own_rows(
    population: pd.DataFrame,
    accounts: pd.Series,
    reason: str,
    citations: dict[str, str],
    detail: pd.Series | None = None,
) -> pd.DataFrame:
    """Exclusion rows of one reason of our own.

    Args:
        population: account_id, person_id.
        accounts: Ids of the accounts; any order, no duplicates.
        detail: Text by account id; missing = null.
    """
    rows = population.loc[population["account_id"].isin(accounts), ["account_id", "person_id"]].copy()
    rows["reason"] = rows["rule_id"] = reason
    rows["citation"] = citations[reason]
    rows["blocked_from_utc"] = rows["blocked_until_utc"] = pd.Series(
        pd.NaT, index=rows.index, dtype="datetime64[us, UTC]"
    )
    rows["detail"] = None if detail is None else rows["account_id"].map(detail)
    return rows[COLUMNS]


def blocked_rows(blocks: pd.DataFrame) -> pd.DataFrame:
    """The policy's reasons, one row per account and reason.

    Several rows of one reason (one a contact point) become one: of the first in precedence, over the whole span that
    any of them blocks, an open end staying open.
    """
    if blocks.empty:
        return pd.DataFrame(columns=COLUMNS)
    key = ["account_id", "reason"]
    ordered = blocks.sort_values([*key, "precedence", "rule_id", "contact_point_id", "blocked_from_utc"])
    ordered = ordered.assign(
        is_open_from=ordered["blocked_from_utc"].isna(), is_open_until=ordered["blocked_until_utc"].isna(), rows=1
    )
    first = ordered.drop_duplicates(key).set_index(key)
    over = ordered.groupby(key).agg(
        blocked_from_utc=("blocked_from_utc", "min"), blocked_until_utc=("blocked_until_utc", "max"),
        is_open_from=("is_open_from", "any"), is_open_until=("is_open_until", "any"), rows=("rows", "sum"),
    )  # fmt: skip
    more = over["rows"] - 1
    note = (first["detail"].astype("str").fillna("") + " (and " + more.astype("str") + " more)").str.strip()
    merged = first.assign(
        blocked_from_utc=over["blocked_from_utc"].where(~over["is_open_from"]),
        blocked_until_utc=over["blocked_until_utc"].where(~over["is_open_until"]),
        detail=first["detail"].where(more == 0, note),
    )
    return merged.reset_index()[COLUMNS]
