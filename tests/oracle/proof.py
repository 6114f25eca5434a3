"""A chunk of the long proof: some hundred histories of one company, asked in one query and compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from random import Random
from time import perf_counter

from recoup import warehouse
from recoup.settings import Settings

from .ask import questions_of
from .gate_side import answers, shortest, told
from .generate import make_companies, make_history, make_odd_companies
from .judge import judge

SHOWN = 3
"""Disagreements of a chunk that are made short and told; the rest is only counted."""


@dataclass
class Chunk:
    """What a chunk showed.

    Attributes:
        blocked: Answers in which each rule blocked.
        told: The first disagreements, readable.
        gate_seconds: Time that loading and asking the contact check took; the oracle's own apart.
    """

    number: int
    histories: int
    questions: int = 0
    allowed: int = 0
    disagreements: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    gate_seconds: float = 0.0
    seconds: float = 0.0

    def figures(self) -> dict[str, object]:
        """As plain JSON values."""
        return asdict(self)


def prove_chunk(settings: Settings, number: int, histories: int, questions: int) -> Chunk:
    """Draw the chunk of this number, ask both, compare. The same number is the same chunk everywhere.

    Args:
        settings: A warehouse of this process alone, with the seeds of the rules.
        questions: Questions about each history.
    """
    started = perf_counter()
    companies = make_companies() * 4 + make_odd_companies()
    company = companies[number % len(companies)]
    rng = Random(f"chunk {number}")
    drawn = [make_history(rng, company, f"h{n}x") for n in range(histories)]
    asked = [(history, question) for history in drawn for question in questions_of(rng, history, questions)]
    chunk = Chunk(number, histories, len(asked))
    blocked: Counter[str] = Counter()
    with warehouse.connect("admin", settings, autocommit=True) as connection:
        before = perf_counter()
        found = answers(connection, company, asked)
        chunk.gate_seconds = round(perf_counter() - before, 3)
        wrong = []
        for one, answer in zip(asked, found, strict=True):
            expected = judge(*one)
            chunk.allowed += expected.is_allowed
            blocked.update(expected.rule_ids)
            if expected != answer:
                wrong.append(one)
        chunk.disagreements = len(wrong)
        for one in wrong[:SHOWN]:
            short = shortest(connection, one)
            (answer,) = answers(connection, company, [short])
            chunk.told.append(told(short, answer))
    chunk.blocked = dict(sorted(blocked.items()))
    chunk.seconds = round(perf_counter() - started, 3)
    return chunk
