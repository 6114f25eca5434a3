"""One stage in a process of its own, so that its peak memory is its own: `python -m bench.stage NAME AS_OF_DATE`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date

from recoup.day import Day
from recoup.pipeline import run_stage
from recoup.settings import Settings, load_settings


@dataclass(frozen=True)
class Measured:
    """What one stage took.

    Attributes:
        seconds: Wall time of the stage inside its process, imports included, the interpreter's start excluded.
        peak_mib: Largest resident size of the stage's process; the Postgres server's memory is not in it.
    """

    name: str
    seconds: float
    peak_mib: float
    rows: dict[str, int]


def measure(name: str, as_of_date: date, settings: Settings) -> Measured:
    """Run a stage and measure it.

    Raises:
        SystemExit: The stage failed; its own message stands above.
    """
    environment = os.environ | {
        "RECOUP_HOME": str(settings.home), "RECOUP_DATABASE": settings.database,
        "RECOUP_COMPANY": str(settings.company_file),
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.stage", name, as_of_date.isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=settings.project_dir)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The stage {name} failed for {as_of_date}; its message stands above.")
    result = json.loads(printed.splitlines()[-1])
    return Measured(name, result["seconds"], usage.ru_maxrss / 1024, result["rows"])


def main(name: str, as_of_date: str) -> None:
    """Run the stage and print what it took as one line of JSON."""
    settings = load_settings()
    day = Day.closing(date.fromisoformat(as_of_date), settings.company.time_zone)
    began = time.perf_counter()
    rows = run_stage(name, day, settings)
    print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
