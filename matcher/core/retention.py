"""How long what belongs to a run is kept, unless a matcher is configured otherwise.

Rules:
 * Columns and rosters have no time of their own: they go when the run ends.
"""

from __future__ import annotations

from typing import Final

LONGEST_RUN_SECONDS: Final = 24 * 3600
"""From a run statement's admission to its expiry, at most."""

FETCHED_OUTPUT_SECONDS: Final = 60
"""From the first complete fetch of the masked results to their deletion."""
