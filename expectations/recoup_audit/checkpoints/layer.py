"""A layer of the audit: suites, the rows that each is held against, and what their parameters are today."""

from __future__ import annotations

from dataclasses import dataclass, field

from great_expectations import ExpectationSuite


@dataclass(frozen=True)
class Check:
    """One suite and its rows.

    Attributes:
        rows: SQL of the batch, with literals in it.
        keys: Columns that name a row in a result; nothing else of the row is shown.
    """

    suite: ExpectationSuite
    rows: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """What one stage audits.

    Attributes:
        name: As in audit.validation_results: raw_ledger, raw_contact, proposed_lists.
        title: What a person calls it.
        parameters: Values of the suites' `$PARAMETER`s.
        content_sha256: Fingerprint of the audited rows, where somebody will ask whether they are still the same.
    """

    name: str
    title: str
    checks: tuple[Check, ...]
    parameters: dict[str, int] = field(default_factory=dict)
    content_sha256: str | None = None
