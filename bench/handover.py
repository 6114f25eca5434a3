"""A list of a million rows in each format, in seconds and memory: `python -m bench.handover [rows [format …]]`.

Works on a warehouse of its own on a server of its own, dropped at the end. Each export runs in a process of its own, so
that its peak resident set is its own.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from recoup import handover, warehouse
from recoup.company_handover import Target, ToDirectory
from recoup.settings import Settings, load_settings
from recoup.warehouse import embedded

LIST_DATE = date(2026, 4, 1)
FILL = """
set local session_replication_role = replica;
insert into lists.manifest (list_date, list_version, as_of_date, rows, excluded, population, best_times, sha256,
    knowledge_cutoff, rule_version, model_version)
values ('{day}', 1, date '{day}' - 1, {rows}, 0, {rows}, 0, repeat('0', 64), '{day} 09:00+00', 'rules-1', 'reach-1');
insert into lists.contact_priority
select date '{day}', 1, date '{day}' - 1, i, 'A' || lpad(i::text, 9, '0'), 'P' || lpad(i::text, 9, '0'),
    array['D' || i], 'voice', 'C' || lpad(i::text, 9, '0'),
    timestamptz '{day} 13:00+00' + make_interval(hours => i % 12),
    timestamptz '{day} 14:00+00' + make_interval(hours => i % 12),
    1e6 / i, 0.3, 0.5, 0.2, 50, 20, 0.9, 150.25, 100.75, 'USD', 30, '1-30', null,
    tstzmultirange(tstzrange(timestamptz '{day} 12:00+00', timestamptz '{day} 17:00+00'),
                   tstzrange(timestamptz '{day} 18:00+00', timestamptz '{day} 01:00+00' + interval '1 day')),
    array['America/Chicago', 'America/New_York'], 3, timestamptz '{day} 01:00+00' + interval '1 day', 'call',
    'standard', 'standard', array['LARGE_AMOUNT', 'NUMBER_NEW'], 'treated', 'reach-1', 'rules-1', 'run-1',
    encode(sha256(i::text::bytea), 'hex')
from generate_series(1, {rows}) as i;
insert into vault.contact_points
select 'C' || lpad(i::text, 9, '0'), 'P' || lpad(i::text, 9, '0'), 'voice',
    '+1212' || lpad((i % 10000000)::text, 7, '0'), timestamptz '{day}', timestamptz '{day}', false
from generate_series(1, {rows}) as i;
insert into vault.persons
select 'P' || lpad(i::text, 9, '0'), 'Zoë García Márquez ' || i, timestamptz '{day}', timestamptz '{day}', false
from generate_series(1, {rows}) as i;
"""


def fill(settings: Settings, rows: int) -> None:
    """Publish a made-up list of `rows` rows for LIST_DATE in an empty warehouse."""
    with warehouse.connect("admin", settings, settings.database) as connection:
        connection.execute(FILL.format(day=LIST_DATE, rows=rows))
    with warehouse.connect("admin", settings, settings.database, autocommit=True) as connection:
        connection.execute("analyze lists.contact_priority, vault.contact_points, vault.persons")


def measured(format_name: str, settings: Settings, out: Path) -> dict[str, float]:
    """Seconds, peak MB, rows and files of one export, in this process."""
    target = Target(name=format_name, format=format_name, delivery=ToDirectory(kind="directory", path="-"))  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.monotonic()
    done = handover.export_list(target, LIST_DATE, out, settings)
    return {
        "seconds": round(time.monotonic() - began, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "before_mb": round(before),
        "rows": done.rows,
        "files": len(done.files),
        "mb": round(sum(file.bytes for file in done.files) / 1e6, 1),
    }


def with_names(settings: Settings) -> Settings:
    """The same company, handing names over."""
    company = settings.company
    return replace(
        settings, company=company.model_copy(update={"handover": company.handover.model_copy(update={"names": True})})
    )


def main() -> None:
    """Measure every format and print a table."""
    if len(sys.argv) == 4 and sys.argv[1] == "--one":
        settings = replace(with_names(load_settings()), database="bench_handover")
        print(json.dumps(measured(sys.argv[2], settings, Path(sys.argv[3]))))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    home = Path(tempfile.mkdtemp(prefix="recoup-bench-"))
    home.chmod(0o755)
    settings = replace(with_names(load_settings()), home=home, database="bench_handover")
    try:
        warehouse.ensure_running(settings)
        warehouse.initialize(settings)
        began = time.monotonic()
        fill(settings, rows)
        print(f"a list of {rows:,} rows, made in {time.monotonic() - began:.0f} s", flush=True)
        print(f"{'format':<16} {'seconds':>8} {'rows/s':>9} {'peak MB':>8} {'files':>7} {'MB':>8}", flush=True)
        for name in sys.argv[2:] or handover.FORMATS:
            out = home / "out" / name
            done = subprocess.run(
                [sys.executable, "-m", "bench.handover", "--one", name, str(out)],
                env=os.environ | {"RECOUP_HOME": str(home)}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                print(f"{name:<16} failed: {done.stderr.strip()[-500:]}", flush=True)
                continue
            of = json.loads(done.stdout)
            print(
                f"{name:<16} {of['seconds']:>8} {of['rows'] / of['seconds']:>9,.0f} {of['peak_mb']:>8}"
                f" {of['files']:>7,} {of['mb']:>8}",
                flush=True,
            )
            shutil.rmtree(out)
    finally:
        embedded.destroy(settings)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
