"""A million histories of 28 days: the contact check and an independent reading of the rules never disagree.

Kept chunk by chunk, so a run that was cut goes on where it was. RECOUP_PROVE_HISTORIES (1000000),
RECOUP_PROVE_QUESTIONS (30, about each history) and RECOUP_PROVE_WORKERS (the machine's cores) say how much and how.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from types import ModuleType

import pytest
from oracle.proof import Chunk, prove_chunk

from recoup.settings import Settings

pytestmark = [pytest.mark.prove, pytest.mark.timeout(0)]

HISTORIES = int(os.environ.get("RECOUP_PROVE_HISTORIES") or 1_000_000)
QUESTIONS = int(os.environ.get("RECOUP_PROVE_QUESTIONS") or 30)
WORKERS = int(os.environ.get("RECOUP_PROVE_WORKERS") or os.cpu_count() or 1)
IN_A_CHUNK = 200


def _raw_history() -> ModuleType:
    path = Path(__file__).parents[1] / "integration" / "gate" / "raw_history.py"
    spec = importlib.util.spec_from_file_location("raw_history", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["raw_history"] = module
    spec.loader.exec_module(module)
    return module


def _kept(folder: Path) -> dict[int, Chunk]:
    """Chunks that were done before, by number."""
    lines = (folder / "chunks.jsonl").read_text(encoding="utf-8").splitlines() if folder.exists() else []
    chunks = (Chunk(**json.loads(line)) for line in lines if line.endswith("}"))
    return {chunk.number: chunk for chunk in chunks if chunk.disagreements == 0}


def _say(text: str) -> None:
    print(text, file=sys.__stderr__, flush=True)


def test_no_answer_about_a_million_histories_differs(
    proofs: Path, new_warehouse: Callable[..., AbstractContextManager[Settings]]
) -> None:
    folder = proofs / f"million_histories_{IN_A_CHUNK}x{QUESTIONS}"
    done = _kept(folder)
    folder.mkdir(exist_ok=True)
    wanted = range(-(-HISTORIES // IN_A_CHUNK))
    open_ = [number for number in wanted if number not in done]
    raw_history = _raw_history()
    started = perf_counter()
    _say(f"{len(done):,} chunks were done before, {len(open_):,} to do, {IN_A_CHUNK} histories each")
    wrong: list[str] = []
    with ExitStack() as stack, (folder / "chunks.jsonl").open("a", encoding="utf-8") as log:
        pools = []
        for _ in range(min(WORKERS, len(open_))):
            settings = stack.enter_context(new_warehouse())
            raw_history.load_seeds(settings)
            pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_find_oracle)
            pools.append((stack.enter_context(pool), settings))
        futures = [
            pools[at % len(pools)][0].submit(prove_chunk, pools[at % len(pools)][1], number, IN_A_CHUNK, QUESTIONS)
            for at, number in enumerate(open_)
        ]
        for finished, future in enumerate(as_completed(futures), 1):
            chunk = future.result()
            done[chunk.number] = chunk
            log.write(json.dumps(chunk.figures()) + "\n")
            log.flush()
            wrong.extend(chunk.told)
            rate = finished * IN_A_CHUNK / (perf_counter() - started)
            left = (len(open_) - finished) * IN_A_CHUNK / rate / 3600
            _say(f"{len(done):,} of {len(wanted):,} chunks, {rate:.1f} histories a second, {left:.1f} h left")
            if len(wrong) >= 10:
                for other in futures:
                    other.cancel()
                break
    assert not wrong, f"{len(wrong)} disagreements, the first:\n\n" + "\n\n".join(wrong[:5])
    blocked: Counter[str] = Counter()
    for chunk in done.values():
        blocked.update(chunk.blocked)
    questions, allowed = sum(c.questions for c in done.values()), sum(c.allowed for c in done.values())
    _say(f"{questions:,} questions, {allowed:,} allowed; blocked by: {dict(blocked.most_common())}")
    assert questions >= HISTORIES * QUESTIONS
    assert allowed > questions / 20, "hardly anything is allowed: the edges would prove little"


def _find_oracle() -> None:
    """A spawned process has pytest's path only if it is told."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
