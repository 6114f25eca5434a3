"""The long proofs: `make prove`. Finished cases are kept in .recoup/prove, so a run that was cut goes on where it was.

What is kept holds for one state of the code: any change to a tracked file begins anew.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.settings import PROJECT_DIR

KEPT = PROJECT_DIR / ".recoup" / "prove"


def _state_of_the_code() -> str:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_DIR, capture_output=True, check=True).stdout.split(
        b"\0"
    )
    digest = hashlib.sha256()
    for name in filter(None, files):
        path = PROJECT_DIR / name.decode()
        if path.is_file():
            digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def proofs() -> Path:
    """Directory of the finished cases of this very code."""
    folder = KEPT / _state_of_the_code()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def proof(proofs: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, object]]:
    """Figures of the running case: kept when it passes; a case that passed before is skipped with them."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    kept = proofs / f"{name}.json"
    if kept.exists():
        pytest.skip(f"proven before: {kept.read_text(encoding='utf-8').strip()}")
    figures: dict[str, object] = {"case": request.node.name}
    failed_before = request.session.testsfailed
    yield figures
    if request.session.testsfailed == failed_before and len(figures) > 1:
        kept.write_text(json.dumps(figures) + "\n", encoding="utf-8")
