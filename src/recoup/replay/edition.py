"""One published version of a date's lists, and everything that it was made with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings

_PUBLISHED = """
select
    f.list_version, m.as_of_date, f.knowledge_cutoff, f.rule_version, f.model_version, e.seeds, e.models, e.made_with
from audit.frozen_cutoffs as f
inner join lists.manifest as m on m.list_date = f.list_date and m.list_version = f.list_version
left join audit.list_editions as e on e.list_date = f.list_date and e.list_version = f.list_version
where f.list_date = %(list_date)s and (f.list_version = %(list_version)s or %(list_version)s::integer is null)
order by f.list_version desc
limit 1
"""


@dataclass(frozen=True)
class Edition:
    """What a published version was made with.

    Attributes:
        knowledge_cutoff: What was known then, inclusive, aware UTC.
        seeds: Name of a seed → hash of its content in audit.kept_seeds.
        models: Model version → SHA-256 of its artifact.
        made_with: As `made_with.made_with` gives it.
    """

    list_date: date
    list_version: int
    as_of_date: date
    knowledge_cutoff: datetime
    rule_version: str
    model_version: str
    seeds: dict[str, str]
    models: dict[str, str]
    made_with: dict[str, Any]


def read_edition(list_date: date, list_version: int | None, settings: Settings) -> Edition:
    """The edition of a published version; None = the newest.

    Raises:
        RecoupError: The date or the version was not published, or before editions were kept; or a model of it is gone
            or was changed.
    """
    with warehouse.connect("auditor", settings) as connection:
        row = connection.execute(_PUBLISHED, {"list_date": list_date, "list_version": list_version}).fetchone()
        if row is None:
            wanted = f"version {list_version} of the lists" if list_version else "list"
            raise RecoupError(f"No {wanted} of {list_date} was published: `recoup status` shows those that were.")
        version, as_of_date, cutoff, rule_version, model_version, seeds, models, made_with = row
        if made_with is None:
            raise RecoupError(
                f"The lists of {list_date} (version {version}) were published before it was kept what a list is made "
                f"with: run `recoup run --as-of-date {as_of_date}` once, which keeps it where the same rows come out."
            )
        held = dict(
            connection.execute(
                "select model_version, encode(sha256(convert_to(artifact, 'UTF8')), 'hex') from scores.model_registry"
                " where model_version = any(%s)",
                [list(models)],
            ).fetchall()
        )
    for name, sha256 in models.items():
        if held.get(name) != sha256:
            state = "is not what it was" if name in held else "is gone"
            raise RecoupError(
                f"The model {name}, which the lists of {list_date} were made with, {state} in scores.model_registry: "
                "restore the table."
            )
    return Edition(list_date, version, as_of_date, cutoff, rule_version, model_version, seeds, models, made_with)
