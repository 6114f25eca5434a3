"""The audit stages. The library takes seconds to import, so it is imported when a stage runs and not before."""

from __future__ import annotations

from recoup.day import Day
from recoup.settings import Settings


def audit_billing_ledger(day: Day, settings: Settings) -> dict[str, int]:
    """Hold what was pulled of the billing ledger for `day` against what was promised.

    Returns:
        Counts of expectations and of failed warnings.

    Raises:
        RecoupError: A critical expectation failed; names it, with the failing count.
    """
    from recoup_audit.checkpoints import raw_feeds, runner

    return runner.run(raw_feeds.layer("ledger", day, settings), day, settings)


def audit_contact_center(day: Day, settings: Settings) -> dict[str, int]:
    """Hold what was pulled of the contact center for `day` against what was promised; see `audit_billing_ledger`."""
    from recoup_audit.checkpoints import raw_feeds, runner

    return runner.run(raw_feeds.layer("contact", day, settings), day, settings)


def audit_lists(day: Day, settings: Settings) -> dict[str, int]:
    """Hold the proposed lists of `day` against what readers, called people and the ledger were promised.

    What is published must be what was audited: the audit keeps a fingerprint of the proposals.

    Raises:
        RecoupError: A critical expectation failed; names it, with the failing count.
    """
    from recoup_audit.checkpoints import proposed_lists, runner

    return runner.run(proposed_lists.layer(day, settings), day, settings)


def detect_breaches(day: Day, settings: Settings) -> dict[str, int]:
    """Look in the contact log for contacts that broke a contact rule. A finding stops nothing: the contact was made.

    Returns:
        Counts of contacts judged, of breaches and near misses first found for `day`, and of findings taken back.
    """
    from recoup_audit.breaches import detect

    found = detect(day, settings)
    return {
        "judged": found.judged, "breaches": found.breaches, "near_misses": found.near_misses,
        "retracted": found.retracted,
    }  # fmt: skip
