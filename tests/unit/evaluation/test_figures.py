"""The arithmetic of an evaluation: ratios, sums, tables that leave nothing out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recoup.evaluation import report
from recoup.evaluation.cases import Case, cases, state_of_the_code
from recoup.evaluation.comparison import CauseFigures, Comparison, compare_cause
from recoup.evaluation.leakage import Evaluation
from recoup.synthetic.profile import LEAK_CAUSES

DAY = date(2026, 3, 31)


def leak(
    key: str, cents: int, *, innocent: bool = False, decidable: date = DAY, account: str = "A1"
) -> dict[str, object]:
    return {
        "leak_id": key, "cause": "underbilled", "kind": "below_contract", "account_id": "A1", "amount_cents": cents,
        "recovered_cents": 0, "decidable_on": decidable, "evidence_entity": "invoice_lines", "evidence_key": key,
        "is_innocent": innocent,
    }  # fmt: skip


def event(
    key: str, cents: int, *, cause: str = "underbilled", account: str = "A1", others: tuple[str, ...] = ()
) -> dict[str, object]:
    return {
        "event_id": f"{cause}-{key}", "cause": cause, "account_id": "A1", "at_risk_cents": cents,
        "recovered_cents": 0, "other_causes": list(others), "subject_entity": "invoice_lines", "subject_key": key,
    }  # fmt: skip


def figures(
    truth: list[dict[str, object]], events: list[dict[str, object]], evidence: list[dict[str, object]] | None = None
) -> CauseFigures:
    columns = ("event_id", "role", "entity", "entity_key")
    frames = (pd.DataFrame(truth), pd.DataFrame(events), pd.DataFrame(evidence or [], columns=columns))
    return compare_cause("underbilled", *frames, DAY)[0]


def test_a_found_a_missed_and_a_false_one_give_the_ratios_worked_out_by_hand() -> None:
    found = figures(
        [leak("L1", 100), leak("L2", 300), leak("L3", 50, innocent=True)],
        [event("L1", 90), event("L3", 50), event("L9", 10)],
    )
    assert (found.leaks, found.found, found.innocents, found.events) == (2, 1, 1, 3)
    assert (found.false_on_innocents, found.false_elsewhere) == (1, 1)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 2)
    assert found.amount_precision == pytest.approx(100 / 160)
    assert found.amount_recall == pytest.approx(100 / 400)
    assert found.amount_error == pytest.approx(10 / 100)


def test_what_nobody_could_tell_yet_is_on_neither_side() -> None:
    later = date(2026, 4, 1)
    found = figures([leak("L1", 100, decidable=later), leak("L2", 100)], [event("L1", 100), event("L2", 100)])
    assert (found.leaks, found.undecided, found.events, found.precision, found.recall) == (1, 1, 1, 1.0, 1.0)


def test_a_leak_among_the_evidence_is_found_and_a_lookalike_among_it_is_not_flagged() -> None:
    proof: dict[str, object] = {
        "event_id": "underbilled-L7",
        "role": "owed",
        "entity": "invoice_lines",
        "entity_key": "L1",
    }
    alike = proof | {"entity_key": "L2"}
    found = figures([leak("L1", 100), leak("L2", 100, innocent=True)], [event("L7", 100)], [proof, alike])
    assert (found.found, found.false_on_innocents, found.false_elsewhere) == (1, 0, 0)


def test_a_leak_whose_money_another_event_has_is_named_there_by_its_own_row() -> None:
    taker = event("I1", 100, cause="unbilled_service", others=("underbilled",))
    proof: dict[str, object] = {
        "event_id": "unbilled_service-I1",
        "role": "also underbilled",
        "entity": "invoice_lines",
        "entity_key": "L1",
    }
    found = figures([leak("L1", 100)], [taker], [proof])
    assert (found.found, found.named, found.recall, found.precision) == (0, 1, 1.0, None)
    assert figures([leak("L2", 100)], [taker], [proof]).recall == 0


def test_a_row_that_is_named_on_an_event_is_not_what_the_event_is_about() -> None:
    proof: dict[str, object] = {
        "event_id": "underbilled-L7",
        "role": "also underbilled",
        "entity": "invoice_lines",
        "entity_key": "L1",
    }
    found = figures([leak("L1", 100)], [event("L7", 100)], [proof])
    assert (found.found, found.named, found.false_elsewhere) == (0, 1, 1)


def test_a_cause_without_leaks_and_events_has_no_ratio_and_is_said() -> None:
    nothing = tuple(CauseFigures(cause) for cause in LEAK_CAUSES)
    evaluation = Evaluation(((Case("utility", 7, 10, 3, DAY), Comparison(nothing, (), False)),))
    assert [row[0] for row in report.rows(evaluation.total)] == list(LEAK_CAUSES)
    assert {row[8] for row in report.rows(evaluation.total)} == {"–"}
    said = report.remarks(evaluation)
    assert sum("no leak of it arose" in remark for remark in said) == len(LEAK_CAUSES) - 1
    assert sum("without scores" in remark for remark in said) == 1
    assert all(cause in report.as_markdown(evaluation, "recoup evaluate leakage") for cause in LEAK_CAUSES)


def test_figures_add_up_and_two_causes_do_not() -> None:
    one = CauseFigures("underbilled", leaks=2, found=1, leak_cents=100)
    assert one + one == CauseFigures("underbilled", leaks=4, found=2, leak_cents=200)
    with pytest.raises(ValueError, match="two causes"):
        _ = one + CauseFigures("chargeback")


def test_every_profile_meets_every_seed() -> None:
    chosen = cases(["utility", "random:3"], [7, 8], 100, 6, DAY)
    assert len({case.name for case in chosen}) == 4
    assert not any({":", "/"} & set(case.name) for case in chosen)
    assert Path(chosen[0].name).name == chosen[0].name


@pytest.mark.parametrize("name", ["model.py", "mart.sql", "schema.yml", "params.yaml", "seed.csv"])
def test_a_kept_figure_counts_for_the_very_code_that_made_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / "ml" / name
    file.parent.mkdir()
    file.write_text("1", encoding="utf-8")
    before = state_of_the_code(tmp_path, ["ml"])
    file.write_text("2", encoding="utf-8")
    assert state_of_the_code(tmp_path, ["ml"]) != before
