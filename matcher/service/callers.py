"""Who is calling.

TLS has required a certificate under the authority; which agency it names is read here, on every
call.

Rules:
 * A caller is the one agency its certificate names, whatever a message says.
 * A certificate that has ended, or that is not an agency's, is refused also on a connection that
   began earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import grpc
from google.protobuf.message import Message

from matcher.core.errors import InvalidCertificate
from matcher.core.identifiers import AgencyId
from matcher.identity.certificates import Authority, authenticate_peer

# A certificate's check is remembered so long: its end is noticed a minute late at most.
_REMEMBER_SECONDS = 60
_REMEMBERED = 1024

Context: TypeAlias = "grpc.aio.ServicerContext[Message, Message]"


class Callers:
    """Reads the caller's agency from a call."""

    def __init__(self, authority: Authority, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Errors are not remembered: a refused caller is checked again.
        self._agency = lru_cache(_REMEMBERED)(
            lambda certificate, _period: authenticate_peer(certificate, authority, int(clock()))
        )

    def caller(self, context: Context) -> AgencyId:
        """Return the agency at the other end.

        Raises:
            InvalidCertificate: there is no certificate, or it does not name exactly one agency.
        """
        certificates = tuple(context.auth_context().get("x509_pem_cert", ()))
        if len(certificates) != 1:
            raise InvalidCertificate("the caller shows no certificate")
        return self._agency(certificates[0], int(self._clock()) // _REMEMBER_SECONDS)
