"""The part of company.yml that says which dialers get the list, in which format, and how it reaches them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from recoup.company_sources import Strict

FormatName = Literal["vicidial", "genesys", "five9", "amazon_connect", "generic_csv", "generic_parquet"]
_ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class ToDirectory(Strict):
    """A directory of this machine, or one that it mounts; relative to the company file."""

    kind: Literal["directory"]
    path: str


class ToSftp(Strict):
    """An SFTP server, by the id of its Airflow connection."""

    kind: Literal["sftp"]
    connection: _ConnectionId
    path: str = "."


class ToS3(Strict):
    """S3 or a store that speaks S3, by the id of its Airflow connection (type aws)."""

    kind: Literal["s3"]
    connection: _ConnectionId
    bucket: Annotated[str, Field(min_length=1)]
    prefix: str = ""


class ToHttp(Strict):
    """An HTTP service that takes a file by PUT at <connection>/<path>/<file name>."""

    kind: Literal["http"]
    connection: _ConnectionId
    path: str = ""


class Target(Strict):
    """One receiver of the list.

    Attributes:
        name: Stands in file names and in lists.deliveries; a new name is a new receiver.
        delimiter: VICIdial: what separates the fields.
        zones: Genesys Cloud: "column" hands the IANA zone over (callableTimeColumn), "automatic" leaves it out, for a
            contact list with automatic time zone mapping refuses the column.
        time_to_call: Five9: a column with the planned hour, in requests of at most 100 records; else a file an hour.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    format: FormatName
    delivery: Annotated[ToDirectory | ToSftp | ToS3 | ToHttp, Field(discriminator="kind")]
    delimiter: Literal["tab", "pipe"] = "tab"
    zones: Literal["column", "automatic"] = "column"
    time_to_call: bool = True


class Handover(Strict):
    """Who gets the lists.

    Attributes:
        names: Hand the person's name over. Without it the dialer's role cannot read one.
    """

    names: bool = False
    targets: tuple[Target, ...] = ()

    @field_validator("targets")
    @classmethod
    def _named_apart(cls, value: tuple[Target, ...]) -> tuple[Target, ...]:
        names = [target.name for target in value]
        if len(set(names)) < len(names):
            raise ValueError("two targets have the same name")
        return value
