"""The contact check and an independent oracle, which share no code, answer alike at every event and edge."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oracle.ask import questions_of
from oracle.gate_side import answers, clear, disagreements, shortest, told
from oracle.generate import make_companies, make_history, make_odd_companies
from oracle.history import Company
from oracle.judge import judge

from recoup import warehouse
from recoup.settings import Settings

HISTORIES, QUESTIONS = 16, 10
_numbers = count(1)


@pytest.mark.parametrize("company", [*make_companies(), *make_odd_companies()], ids=str)
def test_no_answer_about_drawn_histories_differs(ruled_warehouse: Settings, company: Company) -> None:
    rng = Random(str(company))
    histories = [make_history(rng, company, f"h{n}x") for n in range(HISTORIES)]
    asked = [(history, question) for history in histories for question in questions_of(rng, history, QUESTIONS)]
    with warehouse.connect("admin", ruled_warehouse, autocommit=True) as connection:
        wrong = disagreements(connection, company, asked)
        if wrong:
            short = shortest(connection, wrong[0][0])
            (answer,) = answers(connection, company, [short])
            pytest.fail(f"{len(wrong)} of {len(asked)} answers differ; the first, made short:\n{told(short, answer)}")


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rng=st.randoms(use_true_random=False), company=st.sampled_from(make_companies()))
def test_no_answer_about_a_history_that_hypothesis_draws_differs(
    ruled_warehouse: Settings, rng: Random, company: Company
) -> None:
    history = make_history(rng, company, f"y{next(_numbers)}x")
    asked = [(history, question) for question in questions_of(rng, history, 6)]
    with warehouse.connect("admin", ruled_warehouse, autocommit=True) as connection:
        found = answers(connection, company, asked, is_alone=False)
    for one, answer in zip(asked, found, strict=True):
        assert answer == judge(*one), told(one, answer)


@pytest.fixture(autouse=True)
def _empty_again(ruled_warehouse: Settings) -> None:
    """Each test begins with no rows, whatever the one before left."""
    with warehouse.connect("admin", ruled_warehouse, autocommit=True) as connection:
        clear(connection)
