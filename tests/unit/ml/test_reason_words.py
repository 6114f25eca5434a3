"""What the codes of a list say: one thing each, and none is without words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recoup.company import load_company
from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR, Settings
from recoup_ml.exclusions import BLOCKING, LEFT_ALONE, OWN_WORDS, own_citations
from recoup_ml.params import load_params
from recoup_ml.reasons import load_reasons, words_of_codes

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
