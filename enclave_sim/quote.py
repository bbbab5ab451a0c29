"""Signs the simulated platform's word for a program it runs.

A quote says which program runs (measurement, security version, debug) and repeats 64 bytes that
the program chose, by which the program binds keys it made to itself. Reading and judging quotes
belongs to whoever is asked to trust one.

Rules:
 * The signature covers the quote's bytes under the domain ``platform-quote``.
 * The program chooses the report data and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from matcher.core.binding import Domain, bound
from matcher.wire.evidence import SIMULATED_PLATFORM, Quote, SignedQuote, encode_quote


@dataclass(frozen=True, slots=True)
class LaunchedProgram:
    """A program the platform has measured and started; all it can do is ask for quotes.

    Attributes:
        measurement: SHA-384 over what was launched, 48 bytes.
        security_version: the program's security version.
        debug: whether the operator may read the program's memory.
    """

    measurement: bytes
    security_version: int
    debug: bool
    _attestation_key: ec.EllipticCurvePrivateKey = field(repr=False)
    _platform_certificate: bytes = field(repr=False)

    def quote(self, report_data: bytes) -> SignedQuote:
        """Return the platform's signed quote of this program over ``report_data``, 64 bytes."""
        quote = encode_quote(
            Quote(
                platform=SIMULATED_PLATFORM,
                measurement=self.measurement,
                # Nobody signs programs yet: a policy goes by measurement.
                signer=b"",
                security_version=self.security_version,
                debug=self.debug,
                report_data=report_data,
            )
        )
        signature = self._attestation_key.sign(
            bound(Domain.PLATFORM_QUOTE, quote), ec.ECDSA(hashes.SHA256())
        )
        return SignedQuote(quote, signature, self._platform_certificate)
