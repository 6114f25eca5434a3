"""The contact check and an independent oracle, which share no code, answer alike at every event and edge."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oracle.ask import questions_of
from oracle.gate_side import answers, ask_again, clear, disagreements, shortest, told
from oracle.generate import make_companies, make_history, make_odd_companies
from oracle.history import Company
from oracle.judge import judge

from recoup import warehouse
from recoup.settings import Settings

HISTORIES, QUESTIONS = 16, 10
FEW = 20
FALSIFIED = {
    "a cap too high": "update policy.contact_rules set cap = cap + 1 where kind = 'frequency'",
    "a window too short": "update policy.contact_rules set window_days = window_days - 1 where kind = 'frequency'",
    "a minute too late": "update policy.contact_rules set local_to = local_to + '1 min'::interval where kind = 'hours'",
    "a minute too early": "update policy.contact_rules set local_from = '07:59' where kind = 'hours'",
    "a day of cooling down too few": "update policy.contact_rules set window_days = 6 where kind = 'cooldown'",
    "a consent forgotten too early": "update policy.contact_rules set window_days = 45 where rule_id = 'REGF_SMS_60D'",
    "a zone forgotten": "delete from policy.postal_zones where postal_prefix in ('021', '100', '981', '331')",
}
"""Each must be noticed, or the comparison would prove nothing."""
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


def test_every_fault_put_into_the_tables_is_noticed(ruled_warehouse: Settings) -> None:
    company = make_companies()[0]
    rng = Random("falsified")
    histories = [make_history(rng, company, f"h{n}x") for n in range(FEW)]
    asked = [(history, question) for history in histories for question in questions_of(rng, history, FEW)]
    unnoticed = []
    with warehouse.connect("admin", ruled_warehouse) as connection:
        assert answers(connection, company, asked) == [judge(*one) for one in asked]
        for fault, statement in FALSIFIED.items():
            with connection.transaction(force_rollback=True):
                connection.execute(statement)
                if all(answer == judge(*one) for one, answer in zip(asked, ask_again(connection, asked), strict=True)):
                    unnoticed.append(fault)
        connection.rollback()
    assert not unnoticed


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
