"""The keys and rosters a run needs, and those that are there.

Nothing here does I/O, and nothing here knows the state of the run.

Rules:
 * Objects are those of the run's terms; the same one again changes nothing.
 * Where the statement promises a digest, no other object is taken; else the first one counts.
"""

from __future__ import annotations

from matcher.core.errors import (
    DigestMismatch,
    InvalidMessage,
    ObjectMissing,
    QuotaExceeded,
    RunConflict,
)
from matcher.core.identifiers import AgencyId
from matcher.service.store import ObjectKind, ObjectRow
from matcher.service.terms import RunTerms


class UploadedObjects:
    """The objects of one run."""

    def __init__(self, terms: RunTerms) -> None:
        self._terms = terms
        self._rows: dict[tuple[ObjectKind, AgencyId | None], ObjectRow] = {}

    def expect(self, row: ObjectRow) -> bool:
        """Return whether ``row`` is still wanted; False where it is there already.

        Raises:
            RunConflict: another version of the object is there.
            InvalidMessage: the run needs no such object.
            DigestMismatch: the statement promises another digest.
            QuotaExceeded: larger than the object can be.
        """
        key = (row.kind, row.provider)
        place = f"runs/{self._terms.run}, {row.kind.value}"
        promised = self._terms.objects()
        if key not in promised:
            raise InvalidMessage("the run needs no such object", where=place)
        digest = promised[key]
        if digest is not None and digest != row.digest:
            raise DigestMismatch("the object is not the one the statement names", where=place)
        if row.size > self._terms.largest_object(row.kind):
            raise QuotaExceeded("the object is larger than the run's plan allows", where=place)
        held = self._rows.get(key)
        if held is None:
            return True
        if held.digest != row.digest:
            raise RunConflict(
                "another version of the object was uploaded before",
                where=place,
                fix="start a new run",
            )
        return False

    def take(self, row: ObjectRow) -> bool:
        """Note that an object is there; return whether it is new. Raises what ``expect`` raises."""
        if not self.expect(row):
            return False
        self._rows[row.kind, row.provider] = row
        return True

    def get(self, kind: ObjectKind, provider: AgencyId | None) -> ObjectRow | None:
        """Return an object, or None where it is not there."""
        return self._rows.get((kind, provider))

    def require(self, kind: ObjectKind, provider: AgencyId | None) -> ObjectRow:
        """Return an object that has to be there.

        Raises:
            ObjectMissing: it has not been uploaded.
        """
        row = self.get(kind, provider)
        if row is None:
            raise ObjectMissing(
                f"the {kind.value} has not been uploaded", where=f"runs/{self._terms.run}"
            )
        return row

    @property
    def keys_there(self) -> bool:
        """Whether all keys the run needs are there."""
        return all(
            key in self._rows for key in self._terms.objects() if key[0] is not ObjectKind.ROSTER
        )

    @property
    def complete(self) -> bool:
        """Whether all objects the run needs are there."""
        return len(self._rows) == len(self._terms.objects())
