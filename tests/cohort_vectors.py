"""The people of a cohort vector, as its file writes them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcher.core.cohort import AskedPeople, Members, Names, people_digest
from matcher.core.identifiers import AgencyId, Digest, Role


def people_of(vector: Mapping[str, Any]) -> Digest:
    """Return the digest of the people of ``vector``."""
    places = vector.get("places", {})
    roles = {
        Role(role): AskedPeople(
            np.frombuffer(bytes.fromhex(codes), dtype=np.uint8).reshape(-1, 16),
            tuple(map(AgencyId, vector["agencies"][role])),
            np.array(places[role], dtype=np.uint8) if role in places else None,
        )
        for role, codes in vector["codes"].items()
    }
    members = None
    if "sizes" in vector:
        sizes = np.array(vector["sizes"], dtype=np.uint8)
        members = Members(sizes, _names(vector["members"]))
    return people_digest(_names(vector["names"]), roles, members)


def _names(texts: Sequence[str]) -> Names:
    encoded = [text.encode() for text in texts]
    lengths = np.array([len(text) for text in encoded], dtype=np.uint16)
    return Names(lengths, b"".join(encoded))
