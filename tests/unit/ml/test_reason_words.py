"""What the codes of a list say: one thing each, and none is without words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from recoup.company import load_company
from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR, Settings
from recoup_ml.exclusions import BLOCKING, LEFT_ALONE, OWN_WORDS, own_citations
from recoup_ml.params import load_params
from recoup_ml.reasons import load_contradictions, load_reasons, without_contradictions, words_of_codes

COMPANY_FILE = PROJECT_DIR / "examples" / "demo" / "company.yml"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path, project_dir=PROJECT_DIR, database="words", company=load_company(COMPANY_FILE),
        company_file=COMPANY_FILE,
    )  # fmt: skip


def test_every_reason_of_our_own_to_leave_an_account_out_has_words(settings: Settings) -> None:
    assert set(OWN_WORDS) == set(own_citations(settings.company, load_params(settings).lists))
    assert set(OWN_WORDS) > LEFT_ALONE | BLOCKING
    assert not LEFT_ALONE & BLOCKING


def test_every_code_of_a_listed_account_has_words(settings: Settings) -> None:
    words = words_of_codes(load_reasons(settings))
    assert words["LARGE_AMOUNT"] == "The amount past due is large."
    assert all(said.endswith(".") for said in words.values())


def test_a_code_that_says_two_things_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "reason_codes.yaml").write_text(
        "a:\n  high: {code: SAME, words: One thing.}\nb:\n  low: {code: SAME, words: Another thing.}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecoupError, match="the code SAME says two things"):
        load_reasons(replace(settings, project_dir=tmp_path))


def test_no_row_says_one_thing_and_its_opposite(settings: Settings) -> None:
    pairs = load_contradictions(settings)
    assert ("SPOKEN_LATELY", "NOT_SPOKEN_LATELY") in pairs
    parts = pd.DataFrame({
        "NOT_SPOKEN_LATELY": [0.4, 0.1, 0.2], "SPOKEN_LATELY": [0.3, 0.5, 0.2], "LARGE_AMOUNT": [0.1, 0.1, 0.1],
    })  # fmt: skip
    kept = without_contradictions(parts, pairs)
    assert kept["SPOKEN_LATELY"].to_list() == [0.0, 0.5, 0.2]
    assert kept["NOT_SPOKEN_LATELY"].to_list() == [0.4, 0.0, 0.0]
    assert kept["LARGE_AMOUNT"].to_list() == [0.1, 0.1, 0.1]


def test_the_two_sides_of_a_feature_contradict_each_other(settings: Settings) -> None:
    """A code and what the same feature says on its other side must not meet through another feature."""
    pairs = {frozenset(pair) for pair in load_contradictions(settings)}
    sides = {
        frozenset({entry.high.code, entry.low.code}): name
        for name, entry in load_reasons(settings).items()
        if entry.high is not None and entry.low is not None and entry.high.code != entry.low.code
    }
    harmless = {"point_attempts_180d", "open_invoice_count", "past_due_invoice_count", "failed_payments_90d_count",
                "open_disputes_count", "unapplied_cents"}  # fmt: skip
    assert {name for pair, name in sides.items() if pair not in pairs} <= harmless


def test_a_contradiction_of_an_unknown_code_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "reason_codes.yaml").write_text(
        "contradictions: [[ONE, OTHER]]\na:\n  high: {code: ONE, words: One thing.}\n", encoding="utf-8"
    )
    with pytest.raises(RecoupError, match="OTHER is no code of a feature"):
        load_contradictions(replace(settings, project_dir=tmp_path))
