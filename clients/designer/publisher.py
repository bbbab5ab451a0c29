"""In whose name a programme is published, and with which matcher.

It stands in the requester's own configuration file, the one that ``fusuma match`` is given; what
only a run needs is left unread here.

Rules:
 * ``identity`` and ``matcher`` are required; ``providers`` and ``grants`` count where they are set.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clients.review.legal import Providers
from matcher.core.errors import InvalidFile
from matcher.core.grants import GrantTable
from matcher.identity.identity import Identity, load_identity
from matcher.language import load_grants
from matcher.language.document import read_document
from matcher.language.fields import entries
from matcher.language.settings import agencies_by_role, matcher_address, path_in


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and where.

    Attributes:
        identity: of the requester.
        address: ``host:port`` of the matcher.
        providers: the agencies of roles.
        grants: the legal table; None where the file names none.
    """

    identity: Identity
    address: str
    providers: Providers
    grants: GrantTable | None


def load_publisher(path: Path) -> Publisher:
    """Read what publishing takes from the requester's configuration at ``path``.

    Raises:
        InvalidFile: it is not readable YAML, or a setting is missing or of the wrong type.
        InvalidConfiguration: a setting names something that is not there.
        InvalidCertificate: the identity's certificate names no agency.
        InvalidGrantTable: the legal table is not usable.
    """
    root, document = path.resolve().parent, read_document(path)
    settings = {
        key.text: value for key, value in entries(document, "the configuration of a requester")
    }
    for name in ("identity", "matcher"):
        if name not in settings:
            raise InvalidFile(
                f"the configuration of a requester lacks the key {name!r}",
                where=str(document.place),
                fix=f"add {name}: …",
            )
    grants = settings.get("grants")
    return Publisher(
        identity=load_identity(path_in(root, settings["identity"], "the identity")),
        address=matcher_address(settings["matcher"]),
        providers=agencies_by_role(settings.get("providers")),
        grants=None if grants is None else load_grants(path_in(root, grants, "the grant table")),
    )
