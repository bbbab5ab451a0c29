"""One enclave run in one process: real certificates, seals and signatures, a simulated platform.

Rules:
 * The federation lives in a directory of its own that is removed afterwards.
 * The measured program checks what it always checks: cards, statement, programme, plan, manifests,
   every chunk's place, digest and signature.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from clients.requester.keys import ResultKey
from enclave_sim.measurement import measure, measured_files
from enclave_sim.platform import create_platform
from enclave_sim.program import SECURITY_VERSION
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.evaluation import Evaluation
from enclave_sim.program.policy import EvaluationPolicy, Limits
from fusuma.pki import create_authority, issue_identity
from matcher.core.binding import Domain, column_seal_info, sha256
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import RunId
from matcher.core.plan import Plan
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.core.values import pack_values
from matcher.identity.certificates import Authority
from matcher.identity.envelope import sign, sign_chunk
from matcher.identity.sealing import seal
from matcher.language import dump_bundle
from matcher.wire.evidence import decode_evidence
from matcher.wire.manifest import ColumnManifest, encode_column_manifest
from matcher.wire.statement import encode_statement, statement_digest

Answers = Sequence[NDArray[np.int32]]
_RUN_SECONDS = 3600
_DAYS = 2
# No requester of a programme is called like this, whatever its roles are.
_PROVIDER = "in-process-provider-{place:03d}"


def decide_sealed(plan: Plan, answers: Answers) -> NDArray[np.uint8]:
    """Return one decision a slot, shape (slots,), from one enclave run.

    Args:
        plan: for an enclave.
        answers: to every question of the plan in its order, a whole chunk of them.
    """
    now = int(time.time())
    with TemporaryDirectory(prefix="fusuma-in-process-") as directory:
        run = _Run(plan, Path(directory), now)
    return run.decide(answers)


class _Run:
    """The requester's, the providers' and the host's side of one run."""

    def __init__(self, plan: Plan, directory: Path, now: int) -> None:
        self._plan = plan
        issuing = create_authority(directory, now, days=_DAYS)
        self._requester = issue_identity(issuing, plan.programme.requester, now, days=1)
        places = [(role, number) for role in plan.roles for number in range(plan.agencies[role])]
        # Numbered in the order of their roles, so that their ids ascend as a plan counts them.
        self._providers = {
            seat: issue_identity(issuing, _PROVIDER.format(place=place), now, days=1)
            for place, seat in enumerate(places)
        }
        self._enclave = _launched(issuing.authority, directory / "platform", now)
        self._key = ResultKey(plan)
        self._statement = self._made(now)
        self._payload = encode_statement(self._statement)
        self._digest = statement_digest(self._payload)

    def decide(self, answers: Answers) -> NDArray[np.uint8]:
        """Open the run, send every column and read the decisions."""
        requester = self._requester
        cards = [requester.signed_card, *(p.signed_card for p in self._providers.values())]
        statement = sign(
            Domain.RUN_STATEMENT, self._payload, requester.signing_key, requester.agency
        )
        bundle = dump_bundle(self._plan.programme)
        evidence = decode_evidence(self._enclave.open_run(statement, bundle, cards))
        with self._enclave.evaluation(self._statement.run_id) as evaluation:
            self._send(evaluation, self._sealed(answers, evidence.sealing_key))
            (verdicts,) = evaluation.finish().verdicts
        opener = self._key.opener(self._digest)
        return opener.decide([opener.open(0, verdicts)])

    def _sealed(self, answers: Answers, sealing_key: bytes) -> Mapping[int, bytes]:
        payloads = {}
        for question, codes in zip(self._plan.questions, answers, strict=True):
            (column,) = question.columns
            if question.attribute is None:
                raise InvalidConfiguration("an enclave takes values and nothing else")
            provider = self._providers[question.role, question.provider].agency
            info = column_seal_info(self._digest, provider, column, 0, self._key.result_key)
            elsewhere = question.elsewhere is not None
            packed = pack_values(question.attribute, codes, elsewhere=elsewhere)
            payloads[column] = seal(sealing_key, info, packed)
        return payloads

    def _send(self, evaluation: Evaluation, payloads: Mapping[int, bytes]) -> None:
        digests = {column: sha256(payload) for column, payload in payloads.items()}
        senders = {
            column.index: self._providers[column.role, column.provider]
            for column in self._plan.columns
        }
        for provider in self._providers.values():
            own = {c: digests[c] for c in sorted(digests) if senders[c] is provider}
            manifest = encode_column_manifest(ColumnManifest(self._digest, provider.agency, own))
            evaluation.add_manifest(
                sign(Domain.COLUMN_MANIFEST, manifest, provider.signing_key, provider.agency)
            )
        for column, payload in payloads.items():
            provider = senders[column]
            signature = sign_chunk(
                provider.signing_key,
                self._digest,
                provider.agency,
                column=column,
                chunk=0,
                payload=digests[column],
            )
            evaluation.add_chunk(column, 0, payload, signature)

    def _made(self, now: int) -> RunStatement:
        plan, nonce = self._plan, os.urandom(32)
        return RunStatement(
            run_id=RunId(os.urandom(16).hex()),
            nonce=nonce,
            requester=self._requester.agency,
            programme_digest=plan.programme_digest,
            plan_digest=plan.digest,
            scheme=plan.scheme,
            column_kind=plan.column_kind,
            parameters="",
            public_key_digest=None,
            evaluation_key_digest=None,
            # There are neither control slots nor rosters here; the program takes their digests as
            # they come, because it never sees what is behind them.
            control_commitment=sha256(nonce),
            cohort_commitment=sha256(nonce),
            providers=tuple(
                ProviderAssignment(role, provider.agency, sha256(provider.agency.encode()))
                for (role, _), provider in self._providers.items()
            ),
            chunks=1,
            reference_date=plan.reference_date,
            result_key=self._key.result_key,
            issued_at=now,
            expires_at=now + _RUN_SECONDS,
        )


def _launched(authority: Authority, directory: Path, now: int) -> Enclave:
    policy = EvaluationPolicy(authority.digest, Limits())
    platform = create_platform(directory, datetime.fromtimestamp(now, UTC), days=_DAYS)
    measurement = measure(measured_files(), policy.digest, authority.digest)
    program = platform.launch(measurement, SECURITY_VERSION, debug=False)
    return Enclave(policy, authority, program, lambda: int(time.time()))
