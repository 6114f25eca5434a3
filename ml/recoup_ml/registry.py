"""scores.model_registry: every model that was ever trained, whole, with what it was trained on and how good it was.

A row gives the model back to the bit. `champion` is the newest promoted model, `retired` was promoted before it, and a
`challenger` never was. What a past date used is therefore told by `as_of_date` alone: the newest promoted model up to
it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup_ml.frames import read_row
from recoup_ml.payment import PaymentModel
from recoup_ml.reach import ReachModel

REACH = "reach"
PAYMENT = "payment"


@dataclass(frozen=True)
class TrainedModel:
    """A model and its papers.

    Attributes:
        data_from: First snapshot date learnt from, inclusive; None if nothing was learnt.
        data_to: Last snapshot date learnt from, inclusive.
        params: Every parameter that the model depends on.
        metrics: Figures on rows that were not learnt from; "kind" says which rung it is.
        artifact: Plain values that `from_json` of its class takes.
    """

    name: str
    as_of_date: date
    data_from: date | None
    data_to: date | None
    params: dict[str, Any]
    metrics: dict[str, Any]
    features: tuple[str, ...]
    artifact: dict[str, Any]

    @property
    def text(self) -> str:
        """The artifact as stored."""
        return json.dumps(self.artifact, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def sha256(self) -> str:
        """Hash of `text`, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def version(self) -> str:
        """Name, date and start of the hash: the same data and parameters give the same version."""
        return f"{self.name}-{self.as_of_date:%Y%m%d}-{self.sha256[:10]}"


@dataclass(frozen=True)
class Registered:
    """What the registry says of a model, without the model."""

    version: str
    status: str
    as_of_date: date
    metrics: dict[str, Any]


def champion_at(name: str, as_of_date: date, settings: Settings) -> Registered | None:
    """The model that counts on a date: the newest that was promoted and trained up to it."""
    return _newest(name, as_of_date, ["champion", "retired"], settings)


def newest_at(name: str, as_of_date: date, settings: Settings) -> Registered | None:
    """The newest model trained up to a date, promoted or not."""
    return _newest(name, as_of_date, ["champion", "retired", "challenger"], settings)


def register(connection: psycopg.Connection[Any], model: TrainedModel, *, is_promoted: bool) -> None:
    """Store a model and, if promoted, let it follow the champion; storing the same model again changes nothing.

    Args:
        connection: As the scorer; the caller commits.
    """
    # Not promoted straight to champion: there is one at a time, settled below.
    connection.execute(
        """
        insert into scores.model_registry (
            model_version, model_name, status, as_of_date, data_from, data_to, params, metrics, features, artifact,
            artifact_sha256
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (model_version) do nothing
        """,
        [
            model.version, model.name, "retired" if is_promoted else "challenger", model.as_of_date, model.data_from,
            model.data_to,
            _json(model.params), _json(model.metrics), list(model.features), model.text, model.sha256,
        ],
    )  # fmt: skip
    connection.execute(
        "update scores.model_registry set status = 'retired' where model_name = %s and status = 'champion'",
        [model.name],
    )
    connection.execute(
        """
        update scores.model_registry set status = 'champion'
        where model_version = (
            select model_version from scores.model_registry
            where model_name = %s and status = 'retired'
            order by as_of_date desc, created_at desc, model_version desc
            limit 1
        )
        """,
        [model.name],
    )


def load_reach(version: str, settings: Settings) -> ReachModel:
    """The reach model of a version, as it was trained."""
    return ReachModel.from_json(_artifact(version, settings))


def load_payment(version: str, settings: Settings) -> PaymentModel:
    """The payment model of a version, as it was trained."""
    return PaymentModel.from_json(_artifact(version, settings))


@dataclass(frozen=True)
class ModelSet:
    """The versions that a list is made with. As text, as a list row carries it: `<reach>+<payment>`."""

    reach: str
    payment: str

    @property
    def version(self) -> str:
        """One text for both."""
        return f"{self.reach}+{self.payment}"


def model_set(day: Day, settings: Settings) -> ModelSet:
    """The models for a list date: the frozen ones if it was published, else the champions of its as-of date.

    A restatement takes the champions. A replay brings its own.

    Raises:
        RecoupError: Nothing was trained yet.
    """
    frozen = (
        (settings.aside.model_version,)
        if settings.aside
        else read_row(
            settings,
            """
        select model_version from audit.frozen_cutoffs
        where list_date = {list_date} order by list_version desc limit 1
        """,
            {"list_date": day.list_date},
        )
    )
    if day.is_restatement:
        frozen = None
    named = {
        version.strip().partition("-")[0]: version.strip() for version in str(frozen[0] if frozen else "").split("+")
    }
    if named.keys() >= {REACH, PAYMENT}:
        return ModelSet(named[REACH], named[PAYMENT])
    versions = []
    for name in (REACH, PAYMENT):
        champion = champion_at(name, day.as_of_date, settings)
        if champion is None:
            raise RecoupError(
                f"There is no {name} model for {day.as_of_date} yet: run the stage train_{name}_model first."
            )
        versions.append(champion.version)
    return ModelSet(*versions)


def _newest(name: str, as_of_date: date, statuses: list[str], settings: Settings) -> Registered | None:
    row = read_row(
        settings,
        """
        select model_version, status, as_of_date, metrics from scores.model_registry
        where model_name = {name} and as_of_date <= {as_of_date} and status = any({statuses})
        order by as_of_date desc, created_at desc, model_version desc
        limit 1
        """,
        {"name": name, "as_of_date": as_of_date, "statuses": statuses},
    )
    return Registered(*row) if row else None


def _artifact(version: str, settings: Settings) -> dict[str, Any]:
    row = read_row(
        settings,
        "select artifact, artifact_sha256 from scores.model_registry where model_version = {version}",
        {"version": version},
    )
    if row is None:
        raise RecoupError(
            f"scores.model_registry holds no model {version}: train it again for its date, or restore the table."
        )
    text, expected = row
    if hashlib.sha256(text.encode()).hexdigest() != expected:
        raise RecoupError(
            f"The artifact of {version} in scores.model_registry does not match its SHA-256: restore the table."
        )
    content: dict[str, Any] = json.loads(text)
    return content


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, allow_nan=False)
