"""How fast the contact check answers: `python -m bench.contact_check`, on a company whose day was run.

Open loop: question i is due at i / rate seconds whatever became of the ones before, and its latency counts from that
instant. A generator that waits for answers before it asks again would hide every stall behind its own silence.
"""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, Any

import typer
from rich.console import Console

from recoup import warehouse
from recoup.settings import Settings, load_settings

console = Console(width=120)
CHECK = "select allowed from gate.contact_check(%s, %s, %s, 'voice', 'collection', %s)"
WARMING = 50


@dataclass(frozen=True)
class Question:
    """Whom to call about what, at which number."""

    person_id: str
    debt_ids: list[str]
    contact_point_id: str


@dataclass
class Asked:
    """What became of the questions: latency from the instant at which each was due, seconds; how many were allowed."""

    latencies: list[float]
    allowed: int = 0
    failed: int = 0


def main(
    rate: Annotated[float, typer.Option(help="Questions a second.")] = 200,
    seconds: Annotated[float, typer.Option(help="How long to ask.")] = 30,
    connections: Annotated[int, typer.Option(help="Connections of the dialer.")] = 8,
    seed: Annotated[int, typer.Option(help="Which questions, in which order.")] = 1,
) -> None:
    """Ask about random debtors at a fixed rate, and print the percentiles of the latency."""
    settings = load_settings()
    questions, at = _questions(settings)
    random.Random(seed).shuffle(questions)
    before = os.getloadavg()[0]
    asked = ask_all(settings, questions, at, rate=rate, total=int(rate * seconds), connections=connections)
    shown = sorted(asked.latencies)
    percentiles = {name: shown[min(int(len(shown) * share), len(shown) - 1)] * 1000
                   for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))}  # fmt: skip
    console.print(
        f"{len(questions):,} persons; {len(shown):,} checks at {rate:g}/s over {connections} connections; "
        f"load before {before:.1f}; {asked.allowed:,} allowed, {asked.failed:,} failed"
    )
    console.print(", ".join(f"{name} {value:.2f} ms" for name, value in percentiles.items()))


def ask_all(
    settings: Settings, questions: list[Question], at: datetime, *, rate: float, total: int, connections: int
) -> Asked:
    """Ask `total` questions on schedule.

    Args:
        at: The instant asked about by the first question; the others follow in step with the schedule.
        rate: Questions a second.
    """
    asked = Asked([])
    turn = count()
    began: list[float] = []
    ready = threading.Barrier(connections, action=lambda: began.append(time.perf_counter() + 0.1))

    def work(number: int) -> None:
        with warehouse.connect("dialer", settings, autocommit=True) as connection:
            connection.prepare_threshold = 0
            # A connection's first questions plan their statements; a dialer keeps its connections.
            for question in questions[number * WARMING : (number + 1) * WARMING]:
                _ask(connection, question, at - timedelta(hours=1))
            ready.wait()
            while (index := next(turn)) < total:
                due = began[0] + index / rate
                time.sleep(max(due - time.perf_counter(), 0))
                question = questions[(index + connections * WARMING) % len(questions)]
                try:
                    asked.allowed += _ask(connection, question, at + timedelta(seconds=index / rate))
                except Exception:
                    asked.failed += 1
                asked.latencies.append(time.perf_counter() - due)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return asked


def _ask(connection: Any, question: Question, at: datetime) -> bool:
    values = [question.person_id, question.debt_ids, question.contact_point_id, at]
    return bool(connection.execute(CHECK, values).fetchone()[0])


def _questions(settings: Settings) -> tuple[list[Question], datetime]:
    """Every person who owes, with the debts and one telephone; and the afternoon of the newest list date."""
    with warehouse.connect("auditor", settings) as connection:
        rows = connection.execute(
            """
            select party.person_id, array_agg(distinct debt.debt_id), min(point.contact_point_id)
            from raw_ledger.account_parties as party
            inner join raw_ledger.debts as debt using (account_id)
            inner join raw_contact.contact_points as point using (person_id)
            where party.role in ('obligor', 'co_signer') and point.medium = 'voice'
            group by party.person_id
            order by party.person_id
            """
        ).fetchall()
        newest = connection.execute(
            "select (max(list_date) + time '14:00') at time zone %s from lists.manifest", [settings.company.time_zone]
        ).fetchone()
    if not rows or newest is None or newest[0] is None:
        raise SystemExit("There is no company to ask about: run `recoup demo` first.")
    return [Question(*row) for row in rows], newest[0]


if __name__ == "__main__":
    typer.run(main)
