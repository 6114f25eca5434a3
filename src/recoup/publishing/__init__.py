"""Publishing: audited proposals become the lists that dialers read, whole or not at all."""

from __future__ import annotations

from recoup.publishing.proposals import PROPOSALS_LAYER, proposals_fingerprint
from recoup.publishing.publish import publish_lists

__all__ = ["PROPOSALS_LAYER", "proposals_fingerprint", "publish_lists"]
