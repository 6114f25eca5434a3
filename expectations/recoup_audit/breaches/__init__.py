"""Breach detection: the contact log held against the rules' text, after the fact and by other code than the lists'.

The rules are written out once more in the .sql files beside this module, one a family, from the texts that they cite.
Nothing here reads the seed of contact rules, the policy models or the contact check: a mistake in those is what is
looked for. Seeds that only say what is so (time zones of postal codes, meanings of dialer codes) are read.
"""

from recoup_audit.breaches.detection import Findings, detect

__all__ = ["Findings", "detect"]
