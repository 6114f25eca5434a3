"""Choosing whom to contact, and when: models, their evaluation and registry, scores, and the lists they propose."""

import os

# LightGBM's threads wait for each other after every small step. Waiting by spinning is a little faster on an idle
# machine and ten to twenty times slower on one whose cores are shared. Read once, when the library loads: hence here,
# before any import.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
