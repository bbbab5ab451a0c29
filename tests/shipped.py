"""The programmes that come with the package, as tests name them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import programmes

NAMES = (
    "akita/newlywed",
    "benchmark/support",
    "city/relief",
    "city/support",
    "kagoshima/migration",
    "kurume/nursery-loan",
    "national/disability-allowance",
    "nmes1988/medical-support",
    "tomakomai/heating-oil",
)
DAY = date(2026, 6, 1)
ROOT = Path(programmes.__file__).parent
