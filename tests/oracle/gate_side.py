"""The product's contact check, asked the oracle's questions: many histories in one load, all questions in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from psycopg import Connection

from .history import Answer, Company, History, Question, readable
from .judge import judge
from .tables import clear, load

Asked = tuple[History, Question]
ASK = """
    select q.n, j.is_allowed, j.rule_ids, j.attempts_remaining
    from unnest(
        %(n)s::int[], %(person)s::text[], %(debts)s::text[], %(point)s::text[], %(channel)s::text[],
        %(purpose)s::text[], %(at)s::timestamptz[]
    ) as q (n, person_id, debt_ids, point_id, channel, purpose, at)
    cross join lateral gate.judge(
        q.person_id, string_to_array(q.debt_ids, '|'), q.point_id, q.channel, q.purpose, q.at
    ) as j
    order by q.n
"""


def tell(connection: Connection[Any], company: Company) -> None:
    """Tell the contact check what the company says of itself."""
    connection.execute(
        "select gate.set_parameters(%s, %s, %s, %s, %s, %s)",
        [
            company.role,
            company.zone,
            company.automated_voice,
            company.has_contact_center,
            company.declared_none_on is not None,
            900,
        ],
    )


def answers(
    connection: Connection[Any], company: Company, asked: Sequence[Asked], *, is_alone: bool = True
) -> list[Answer]:
    """Load the histories of one company and ask every question; answers in the questions' order.

    Args:
        is_alone: Clear what was there before. Otherwise the histories' ids must be new.
    """
    if is_alone:
        clear(connection)
    tell(connection, company)
    load(connection, company, {id(history): history for history, _ in asked}.values(), analyze=is_alone)
    return ask_again(connection, asked)


def ask_again(connection: Connection[Any], asked: Sequence[Asked]) -> list[Answer]:
    """Ask about histories that are loaded."""
    questions = [question for _, question in asked]
    rows = connection.execute(
        ASK,
        {
            "n": list(range(len(questions))),
            "person": [q.person_id for q in questions],
            "debts": ["|".join(q.debt_ids) for q in questions],
            "point": [q.point_id for q in questions],
            "channel": [q.channel for q in questions],
            "purpose": [q.purpose for q in questions],
            "at": [q.at for q in questions],
        },
    ).fetchall()
    assert [n for n, *_ in rows] == list(range(len(questions)))
    return [Answer(is_allowed, frozenset(rule_ids), remaining) for _, is_allowed, rule_ids, remaining in rows]


def disagreements(connection: Connection[Any], company: Company, asked: Sequence[Asked]) -> list[tuple[Asked, Answer]]:
    """The questions that the contact check answers otherwise than the oracle, with its answer."""
    found = answers(connection, company, asked)
    return [(one, answer) for one, answer in zip(asked, found, strict=True) if judge(*one) != answer]


def shortest(connection: Connection[Any], asked: Asked, *, rounds: int = 12) -> Asked:
    """Leave out facts for as long as the two still disagree in the same rules; every round is one load."""
    (wanted,) = _differences(connection, [asked])
    for _ in range(rounds):
        history, question = asked
        candidates = list(_smaller(history))
        if not candidates:
            break
        alike = [
            smaller
            for smaller, found in zip(
                candidates, _differences(connection, [(smaller, question) for smaller in candidates]), strict=True
            )
            if found == wanted
        ]
        if not alike:
            break
        together = (_without_all(history, alike), question)
        (found,) = _differences(connection, [together])
        asked = together if found == wanted and together[0] != history else (alike[0], question)
    return asked


def _differences(connection: Connection[Any], asked: Sequence[Asked]) -> list[tuple[frozenset[str], bool]]:
    """Rules in which the two differ, and whether they do in what remains; each history under ids of its own."""
    renamed = [_renamed(one, f"s{n}x") for n, one in enumerate(asked)]
    expected = [judge(*one) for one in renamed]
    found = answers(connection, asked[0][0].company, renamed)
    return [
        (e.rule_ids ^ f.rule_ids, e.attempts_remaining != f.attempts_remaining)
        for e, f in zip(expected, found, strict=True)
    ]


def _renamed(asked: Asked, prefix: str) -> Asked:
    history, question = asked
    old = history.persons[0].removesuffix("p1")

    def new(value: Any) -> Any:
        if isinstance(value, str) and value.startswith(old):
            return prefix + value.removeprefix(old)
        if isinstance(value, tuple):
            return tuple(map(new, value))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: new(getattr(value, f.name)) for f in fields(value) if f.name != "memory"})
        return value

    renamed, again = new(history), new(question)
    assert isinstance(renamed, History)
    assert isinstance(again, Question)
    return replace(renamed, memory={}), again


def _without_all(history: History, smaller: Sequence[History]) -> History:
    """What all of them still hold."""
    kept = {
        name: tuple(fact for fact in getattr(history, name) if all(fact in getattr(one, name) for one in smaller))
        for name in FACTS
    }
    return replace(history, memory={}, **kept)


FACTS = tuple(f.name for f in fields(History) if f.name not in ("company", "persons", "memory"))


def _smaller(history: History) -> Iterable[History]:
    """The history without one of its facts."""
    for name in FACTS:
        facts = getattr(history, name)
        for at in range(len(facts)):
            yield replace(history, memory={}, **{name: facts[:at] + facts[at + 1 :]})


def told(asked: Asked, found: Answer) -> str:
    """A disagreement as a person reads it."""
    expected = judge(*asked)
    return (
        f"expected {sorted(expected.rule_ids)}, {expected.attempts_remaining} left;"
        f" found {sorted(found.rule_ids)}, {found.attempts_remaining} left\n{readable(*asked)}"
    )
