"""The synthetic company: a seeded simulation with a known truth that fills two real source databases.

`create` makes a company with history, `advance` lets further days pass, under the former habit or under contacts
given from outside. The truth lies in a database of its own that no role of the pipeline may open. Nothing of it is
shared with the code that is to find it out.
"""

from __future__ import annotations

from recoup.synthetic.company import advance, create, last_day
from recoup.synthetic.contacts import Contacts, ContactSource
from recoup.synthetic.profile import Profile, load_profile
from recoup.synthetic.random_profile import random_profile

__all__ = ["ContactSource", "Contacts", "Profile", "advance", "create", "last_day", "load_profile", "random_profile"]
