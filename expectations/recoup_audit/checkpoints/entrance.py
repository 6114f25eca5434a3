"""The entrance to the audit's pages: a table that needs no network; the library's own stays empty without one."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import NamedTuple

from recoup import warehouse
from recoup.settings import Settings
from recoup_audit.context import data_docs_dir

_AUDITED = """
select
    as_of_date, layer, suite, count(*), count(*) filter (where not success and severity = 'critical'),
    count(*) filter (where not success and severity = 'warning')
from audit.validation_results
group by as_of_date, layer, suite
order by as_of_date desc, layer, suite
limit %s
"""
SHOWN = 400
"""Rows of the table, newest dates first."""

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.3rem .7rem;border-bottom:1px solid #dde3e8}"
    "td.n{text-align:right}.bad{color:#a3261d;font-weight:600}.warn{color:#8a5a00;font-weight:600}.good{color:#1d6b46}"
)


class _Audited(NamedTuple):
    as_of_date: str
    layer: str
    suite: str
    expectations: int
    failed_critical: int
    failed_warning: int


def write_entrance(settings: Settings) -> Path:
    """Write `index.html` over what the library wrote, and return it. Holds names and counts only.

    Raises:
        OSError: The page cannot be written.
    """
    directory = data_docs_dir(settings)
    with warehouse.connect("auditor", settings) as connection:
        rows = [_Audited(str(day), *rest) for day, *rest in connection.execute(_AUDITED, [SHOWN])]
    page = directory / "index.html"
    page.write_text(_page(settings.company.company, rows, directory), encoding="utf-8")
    return page


def _page(company: str, rows: Iterable[_Audited], directory: Path) -> str:
    cells = "\n".join(_row(row, _newest_page(row, directory)) for row in rows)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>Audit of {escape(company)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Audit of {escape(company)}</h1>"
        "<p>What Great Expectations found, newest day first. A critical failure stops the list of its day; a warning "
        "is for somebody to look at. Each suite's page names the keys of failing rows, and no other value.</p>"
        "<table><thead><tr><th>as of</th><th>layer</th><th>suite</th><th>expectations</th><th>result</th></tr></thead>"
        f"<tbody>{cells}</tbody></table></body></html>\n"
    )


def _row(row: _Audited, page: str | None) -> str:
    if row.failed_critical:
        result = f"<span class='bad'>{row.failed_critical} failed, critical</span>"
    elif row.failed_warning:
        result = f"<span class='warn'>{row.failed_warning} failed, warning</span>"
    else:
        result = "<span class='good'>passed</span>"
    suite = f"<a href='{escape(page)}'>{escape(row.suite)}</a>" if page else escape(row.suite)
    return (
        f"<tr><td>{row.as_of_date}</td><td>{escape(row.layer)}</td><td>{suite}</td>"
        f"<td class='n'>{row.expectations}</td><td>{result}</td></tr>"
    )


def _newest_page(row: _Audited, directory: Path) -> str | None:
    """Path of the suite's newest page of that day, relative to the entrance; None if it is no longer kept."""
    pages = sorted((directory / "validations" / row.suite / row.as_of_date).glob("*/*.html"))
    return pages[-1].relative_to(directory).as_posix() if pages else None
