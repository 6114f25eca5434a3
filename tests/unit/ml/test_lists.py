"""The lists are disjoint and complete, within capacity, inside the windows, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recoup.company import Company
from recoup.day import Day
from recoup_ml.list_inputs import ListInputs
from recoup_ml.lists import Proposal, propose
from recoup_ml.params import Params

WINDOW = ("2026-04-01 12:00", "2026-04-02 01:00")  # 08:00 to 21:00 in New York


def account(number: int, **changes: Any) -> dict[str, Any]:
    """One account of a simple world; `person`, `points`, `arm`, `uplift_cents`, `p_not`, `blocked`, … as given."""
    plain = {
        "account_id": f"A{number:03d}", "person": f"P{number:03d}", "points": 1, "arm": "treated",
        "uplift_cents": 10_000,
        "p_not": 0.3, "action_draw": 0.5, "slot_draw": 0.5, "currency": "USD", "channel": "voice", "window": WINDOW,
        "queue": "standard", "owes_disclosure": False,
    }  # fmt: skip
    return plain | changes


def inputs_of(accounts: list[dict[str, Any]]) -> ListInputs:
    """Rows as `load_inputs` gives them; the best hour is 18:00 in New York, and later ids answer a little more."""
    base = pd.DataFrame(accounts, columns=list(account(0)))
    world = base.assign(contact_point_id="C" + base["account_id"].str[1:])
    eligible = world[world["points"] > 0].reset_index(drop=True)
    instants = [
        pd.to_datetime(pd.Series([span[edge] for span in eligible["window"]], dtype="str"), utc=True) for edge in (0, 1)
    ]
    contacts = pd.DataFrame({
        "contact": np.arange(len(eligible)), "account_id": eligible["account_id"], "person_id": eligible["person"],
        "contact_point_id": eligible["contact_point_id"], "channel": eligible["channel"], "debt_ids": "{}",
        "attempts_remaining": 2, "allowed_windows_utc": "{}", "time_zone_set": "{America/New_York}",
        "time_zone": "America/New_York", "valid_until_utc": instants[1],
        "queue": eligible["queue"], "owes_disclosure": eligible["owes_disclosure"],
    })  # fmt: skip
    windows = pd.DataFrame(
        {"contact": contacts["contact"], "window_start_utc": instants[0], "window_end_utc": instants[1]}
    )
    blocked = world[world["points"] == 0]
    none = pd.Series(pd.NaT, index=blocked.index, dtype="datetime64[us, UTC]")
    blocks = pd.DataFrame({
        "account_id": blocked["account_id"], "person_id": blocked["person"],
        "contact_point_id": blocked["contact_point_id"],
        "rule_id": "OWN_DNC", "reason": "DO_NOT_CONTACT", "citation": "policy", "precedence": 10,
        "blocked_from_utc": none,
        "blocked_until_utc": none, "detail": "asked",
    })  # fmt: skip
    hours = np.arange(8, 21)
    repeated = world.loc[world.index.repeat(len(hours))]
    hour = np.tile(hours, len(world))
    chance = 0.3 - 0.01 * np.abs(hour - 18) + 0.0001 * np.repeat(np.arange(len(world)), len(hours))
    return ListInputs(
        population=pd.DataFrame({
            "account_id": world["account_id"], "person_id": world["person"], "currency": world["currency"],
            "balance_amount": "500.0000", "past_due_amount": "400.0000", "days_past_due": 10, "aging_bucket": "1-30",
            "promise_due_on": pd.Series(pd.NaT, index=world.index, dtype="datetime64[s]"),
        }),
        arms=world[["account_id", "arm", "action_draw", "slot_draw"]],
        person_arms=world[["person", "arm"]].rename(columns={"person": "person_id"}).drop_duplicates("person_id"),
        contacts=contacts, windows=windows, blocks=blocks,
        values=pd.DataFrame({
            "account_id": world["account_id"], "p_pay_if_contacted": world["p_not"] + 0.1,
            "p_pay_if_not": world["p_not"],
            "expected_recovery_cents": 20_000, "uplift_cents": world["uplift_cents"], "cost_cents": 90,
            "model_version": "m",
        }),
        reach=pd.DataFrame({
            "contact_point_id": repeated["contact_point_id"].to_numpy(), "local_hour": hour, "p_right_party": chance,
            "evidence": "look-alikes", "n_attempts_seen": 1,
        }),
        erased=pd.DataFrame({"account_id": pd.Series(dtype="str")}),
        rule_version="r",
    )  # fmt: skip


@pytest.fixture(scope="module")
def make(day: Day, params: Params, company: Company) -> Any:
    """Propose for a list of accounts."""

    def proposed(accounts: list[dict[str, Any]], agents: int = 3) -> Proposal:
        contact = company.contact.model_copy(update={"agents": agents})
        return propose(inputs_of(accounts), day, params, company.model_copy(update={"contact": contact}))

    return proposed


def reasons_of(proposal: Proposal) -> dict[str, list[str]]:
    return proposal.excluded.groupby("account_id")["reason"].apply(list).to_dict()


ACCOUNTS = st.builds(
    account,
    number=st.integers(0, 40), person=st.sampled_from([f"P{n}" for n in range(12)]), points=st.sampled_from([0, 1, 1,
    1]),

    arm=st.sampled_from(["control", "explore", "treated", "treated"]), uplift_cents=st.integers(-5_000, 90_000),
    p_not=st.sampled_from([0.1, 0.5, 0.88]), action_draw=st.floats(0, 0.999), slot_draw=st.floats(0, 0.999),
    currency=st.sampled_from(["USD", "USD", "EUR"]), channel=st.sampled_from(["voice", "voice", "sms", "letter"]),
    window=st.sampled_from([WINDOW, ("2026-04-01 12:00", "2026-04-01 12:20"), ("2026-04-01 22:10",
    "2026-04-02 01:00")]),
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(ACCOUNTS, max_size=25, unique_by=lambda row: row["account_id"]), st.integers(0, 2))
def test_every_account_is_listed_once_or_excluded_with_reasons(
    make: Any, accounts: list[dict[str, Any]], agents: int
) -> None:
    proposal = make(accounts, agents)
    listed, excluded = proposal.priority, proposal.excluded
    assert listed["account_id"].is_unique
    assert set(listed["account_id"]).isdisjoint(excluded["account_id"])
    assert set(listed["account_id"]) | set(excluded["account_id"]) == {row["account_id"] for row in accounts}
    assert not excluded.duplicated(["account_id", "reason"]).any()
    assert excluded[["reason", "rule_id", "citation"]].notna().all(axis=None)
    assert listed["seq"].tolist() == list(range(1, len(listed) + 1))
    assert (listed["priority_score"].diff().dropna() <= 0).all()
    assert listed["person_id"].is_unique
    voice = listed[listed["channel"] == "voice"]
    assert voice.groupby("assigned_slot_start_utc").size().max() <= agents * 10 or voice.empty
    by_id = {row["account_id"]: row for row in accounts}
    assert all(
        by_id[name]["arm"] == arm != "control" for name, arm in zip(listed["account_id"], listed["arm"], strict=True)
    )
    for row in proposal.best_times.itertuples():
        first, last = (pd.Timestamp(edge, tz="UTC") for edge in by_id[row.account_id]["window"])
        assert first <= row.window_start_utc < row.window_end_utc <= last
    ranks = proposal.best_times.groupby(["account_id", "contact_point_id"])["rank"].apply(list)
    assert all(found == list(range(1, len(found) + 1)) and len(found) <= 3 for found in ranks)
    planned = proposal.propensity[proposal.propensity["is_contact_planned"]]
    assert set(planned["account_id"]) == set(listed["account_id"])


def test_shuffled_rows_give_the_same_lists(day: Day, params: Params, company: Company) -> None:
    accounts = [
        account(
            n, arm="explore" if n % 5 == 0 else "treated", uplift_cents=1000 * (n % 9), slot_draw=n / 60,
            action_draw=(n * 7 % 60) / 60, person=f"P{n - n % 10 // 9}",
        )
        for n in range(60)
    ]  # fmt: skip
    plain = inputs_of(accounts)
    mixed = replace(plain, **{
        name: getattr(plain, name).sample(frac=1, random_state=3).reset_index(drop=True)
        for name in ("population", "arms", "person_arms", "contacts", "windows", "blocks", "values", "reach")
    })  # fmt: skip
    first, second = (propose(rows, day, params, company) for rows in (plain, mixed))
    for name in ("priority", "best_times", "excluded", "propensity"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    assert len(first.priority) > 20


def test_capacity_goes_to_the_best_and_the_rest_is_told_so(make: Any) -> None:
    accounts = [account(n, uplift_cents=10_000 + n, window=("2026-04-01 22:00", "2026-04-01 23:00")) for n in range(15)]
    proposal = make(accounts, agents=1)
    assert proposal.priority["account_id"].tolist() == [f"A{n:03d}" for n in range(14, 4, -1)]
    assert reasons_of(proposal) == {f"A{n:03d}": ["CAPACITY"] for n in range(5)}
    assert proposal.excluded["citation"].str.contains("contact.agents = 1").all()


def test_who_can_be_called_at_another_hour_makes_room_for_who_cannot(
    day: Day, params: Params, company: Company
) -> None:
    rows = inputs_of([
        account(0, uplift_cents=20_000, window=("2026-04-01 22:00", "2026-04-02 00:00")),
        account(1, window=("2026-04-01 22:00", "2026-04-01 23:00")),
    ])  # fmt: skip
    one_call_an_hour = company.contact.model_copy(update={"agents": 1, "attempts_per_agent_hour": 1})
    proposal = propose(rows, day, params, company.model_copy(update={"contact": one_call_an_hour}))
    hours = proposal.priority.set_index("account_id")["local_hour"].to_dict()
    assert hours == {"A000": 19, "A001": 18}
    assert proposal.excluded.empty


def test_who_finds_the_best_hour_full_gets_the_next_best(make: Any) -> None:
    proposal = make([account(n) for n in range(25)], agents=1)
    by_hour = proposal.priority.groupby("local_hour").size()
    assert by_hour.to_dict() == {18: 10, 17: 10, 19: 5} or by_hour.to_dict() == {18: 10, 19: 10, 17: 5}


def test_each_reason_of_our_own_has_its_parameter(make: Any) -> None:
    proposal = make([
        account(0, arm="control"), account(1, p_not=0.9), account(2, uplift_cents=10), account(3, points=0),
        account(4, arm="explore", action_draw=0.95), account(5, currency="EUR"), account(6), account(7, person="P006"),
        account(8, window=("2026-04-01 12:00", "2026-04-01 12:10")), account(9, p_not=0.9, uplift_cents=0),
        account(10, arm="control", points=0),
    ])  # fmt: skip
    assert reasons_of(proposal) == {
        "A000": ["CONTROL"], "A001": ["SURE_PAYER"], "A002": ["NEGATIVE_VALUE"], "A003": ["DO_NOT_CONTACT"],
        "A004": ["EXPLORE_SKIP"], "A005": ["NO_EXCHANGE_RATE"], "A006": ["SAME_PERSON_LISTED"], "A008": ["NO_SLOT"],
        "A009": ["NEGATIVE_VALUE", "SURE_PAYER"], "A010": ["CONTROL", "DO_NOT_CONTACT"],
    }  # fmt: skip
    # The later id answers a little more, so it is the one that speaks for the person.
    assert proposal.priority["account_id"].tolist() == ["A007"]
    cited = proposal.excluded.set_index("reason")["citation"]
    assert cited["SURE_PAYER"].iloc[0] == "ml/params.yaml: lists.sure_payer_probability = 0.85"


def test_the_score_is_what_the_row_says(make: Any) -> None:
    rows = make([account(n, uplift_cents=1_000_000 + 7_777 * n) for n in range(9)]).priority
    worth = rows["p_right_party"] * rows["uplift_amount"] - rows["cost_amount"]
    assert (rows["priority_score"] - worth).abs().max() < 0.001
    stored = rows["p_right_party"].astype("float32").astype("float64")
    assert (stored == rows["p_right_party"]).all()


def test_exploration_takes_the_hour_of_the_draw_whatever_it_is_worth(make: Any) -> None:
    accounts = [
        account(n, arm="explore", slot_draw=n / 13 + 0.001, action_draw=0.0, uplift_cents=-900) for n in range(13)
    ]
    proposal = make(accounts)
    hours = proposal.priority.sort_values("account_id")["local_hour"].tolist()
    assert hours == list(range(8, 21))
    planned = proposal.propensity
    assert planned["action_propensity"].tolist() == pytest.approx([0.9] * 13)
    assert planned["slot_propensity"].tolist() == pytest.approx([1 / 13] * 13, abs=1e-6)


def test_explorations_hours_are_taken_from_the_same_agents(make: Any) -> None:
    hour = ("2026-04-01 22:00", "2026-04-01 23:00")
    explorers = [account(n, arm="explore", action_draw=0.0, window=hour) for n in range(8)]
    proposal = make([*explorers, *(account(n, window=hour) for n in range(8, 13))], agents=1)
    assert proposal.priority["arm"].value_counts().to_dict() == {"explore": 8, "treated": 2}
    assert reasons_of(proposal) == {f"A{n:03d}": ["CAPACITY"] for n in (8, 9, 10)}


def test_a_co_signer_of_the_control_arm_is_not_called_about_somebody_elses_account(
    day: Day, params: Params, company: Company
) -> None:
    rows = inputs_of([account(0), account(1, arm="control")])
    contacts = rows.contacts.assign(person_id=["P001", "P001"])
    proposal = propose(replace(rows, contacts=contacts), day, params, company)
    assert proposal.priority.empty
    assert reasons_of(proposal) == {"A000": ["OTHER_ARM"], "A001": ["CONTROL"]}


def test_several_blocks_of_one_reason_become_one_row_over_their_whole_span(
    day: Day, params: Params, company: Company
) -> None:
    rows = inputs_of([account(0, points=0), account(1, points=0)])
    twice = pd.concat([rows.blocks, rows.blocks.iloc[:1]], ignore_index=True).assign(
        blocked_from_utc=pd.to_datetime(["2026-03-01", "2026-03-02", "2026-02-01"], utc=True),
        blocked_until_utc=pd.to_datetime(["2026-05-01", None, "2026-04-15"], utc=True),
    )
    excluded = propose(replace(rows, blocks=twice), day, params, company).excluded
    assert excluded["detail"].tolist() == ["asked (and 1 more)", "asked"]
    assert excluded["blocked_from_utc"].dt.strftime("%m-%d").tolist() == ["02-01", "03-02"]
    assert excluded["blocked_until_utc"].dt.strftime("%m-%d").tolist()[0] == "05-01"
    assert pd.isna(excluded["blocked_until_utc"][1])


def test_an_account_that_no_rule_speaks_for_is_still_answered(day: Day, params: Params, company: Company) -> None:
    rows = inputs_of([account(0, points=0)])
    proposal = propose(replace(rows, blocks=rows.blocks.iloc[:0]), day, params, company)
    assert reasons_of(proposal) == {"A000": ["NO_ELIGIBLE_CONTACT"]}


def test_an_empty_population_gives_empty_lists(make: Any) -> None:
    proposal = make([])
    assert proposal.priority.empty
    assert proposal.best_times.empty
    assert proposal.excluded.empty


def test_a_row_goes_to_the_queue_of_its_contact_and_says_what_has_to_be_disclosed(make: Any) -> None:
    proposal = make([
        account(1), account(2, queue="specialist"), account(3, queue="executor"), account(4, owes_disclosure=True),
    ])  # fmt: skip
    rows = proposal.priority.set_index("account_id")[["queue", "script_code"]]
    assert rows.loc["A001"].to_list() == ["standard", "standard"]
    assert rows["queue"].to_dict() == {
        "A001": "standard", "A002": "specialist", "A003": "executor", "A004": "standard",
    }  # fmt: skip
    assert rows.loc["A004", "script_code"] == "time_barred_disclosure"
