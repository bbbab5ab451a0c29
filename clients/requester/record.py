"""What a requester keeps of a run so that the overseer can check whom it asked about.

The statement commits to the people of the cohort and to their slots without naming them. The record
holds the salts and the control map that open these commitments; together with the cohort file it
shows who sat where. It holds how many subjects got which verdict and outcome, but nobody's verdict
and no attribute.

Rules:
 * Slots are not listed: subjects sit, in order, in all slots that are not control slots.
 * The file is readable by its owner alone.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from clients.requester.decided import Decided
from clients.requester.draft import Draft
from matcher.core.canonical import JsonObject
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import RunId
from matcher.identity.envelope import Envelope

FORMAT = 2


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The signed statement of one run and what opens its commitments.

    Attributes:
        run: its id.
        envelope: the signed statement.
        cohort_salt: opens the cohort commitment.
        control_salt: opens the control commitment.
        control_map: as in every roster of the run.
        counts: subjects by verdict and outcome.
    """

    run: RunId
    envelope: Envelope
    cohort_salt: bytes = field(repr=False)
    control_salt: bytes = field(repr=False)
    control_map: bytes = field(repr=False)
    counts: JsonObject

    @classmethod
    def of(cls, draft: Draft, decided: Decided) -> RunRecord:
        """Return the record of the run of ``draft``, which came to ``decided``."""
        return cls(
            run=draft.statement.run_id,
            envelope=draft.envelope,
            cohort_salt=draft.rosters.cohort_salt,
            control_salt=draft.rosters.control_salt,
            control_map=draft.rosters.control_map,
            counts=decided.counts_json(),
        )

    def write(self, directory: Path) -> Path:
        """Write the record into ``directory``, made where it is missing; return the file.

        Raises:
            InvalidConfiguration: it cannot be written there.
        """
        path = directory / f"{self.run}.json"
        content = {
            "record": FORMAT,
            "run": self.run,
            "statement": base64.b64encode(self.envelope.payload).decode(),
            "signature": base64.b64encode(self.envelope.signature).decode(),
            "signer": self.envelope.signer,
            "cohort_salt": self.cohort_salt.hex(),
            "control_salt": self.control_salt.hex(),
            "counts": self.counts,
            "control_map": base64.b64encode(self.control_map).decode(),
        }
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
        except OSError as error:
            raise InvalidConfiguration(
                f"the run's record cannot be written ({error.strerror or type(error).__name__})",
                where=str(path),
                fix="check `records` in the configuration",
            ) from None
        return path
