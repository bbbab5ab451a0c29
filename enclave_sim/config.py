"""The enclave's configuration file.

 ================== ================================================================
 platform           directory that ``fusuma enclave init`` made
 socket             Unix socket to serve on
 authority          certificate of the authority whose cards count, PEM (``ca.crt``)
 limits             optional: chunks, open_runs, run_seconds, pending_bytes
 debug              optional: launch for debugging; every sensible policy refuses it
 boundary_log       optional: file for counts of what crossed the socket
 boundary_capture   optional: directory for every message, for audits and tests only
 ================== ================================================================

``authority`` and ``limits`` are measured: other values are another enclave to its users. The rest
is the host's business. Relative paths are relative to the file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from enclave_sim.program.policy import Limits
from matcher.core.errors import InvalidCertificate, InvalidConfiguration
from matcher.identity.certificates import Authority
from matcher.language.document import Node, read_document
from matcher.language.fields import Section, integer, located
from matcher.language.settings import flag, optional_path_in, path_in

# sun_path of the operating system, without its closing zero byte.
_MOST_SOCKET_PATH_BYTES = 107


@dataclass(frozen=True, slots=True)
class EnclaveConfig:
    """What ``fusuma enclave serve`` needs to know; paths are absolute."""

    platform: Path
    socket: Path
    authority: Authority
    limits: Limits
    debug: bool
    boundary_log: Path | None
    boundary_capture: Path | None


def load_config(path: Path) -> EnclaveConfig:
    """Read the configuration file at ``path``.

    Raises:
        InvalidFile: it is not YAML, or has other settings than those above; says where.
        InvalidConfiguration: a setting cannot be used; says which.
    """
    section = Section(
        read_document(path),
        "the enclave's configuration",
        required=("platform", "socket", "authority"),
        optional=("limits", "debug", "boundary_log", "boundary_capture"),
    )
    directory = path.resolve().parent
    limits = section.get("limits")
    debug = section.get("debug")
    return EnclaveConfig(
        platform=path_in(directory, section["platform"], "the platform's directory"),
        socket=_socket(section["socket"], directory),
        authority=_authority(section["authority"], directory),
        limits=Limits() if limits is None else _limits(limits),
        debug=debug is not None and flag(debug, "debug"),
        boundary_log=optional_path_in(directory, section.get("boundary_log"), "the boundary log"),
        boundary_capture=optional_path_in(
            directory, section.get("boundary_capture"), "the capture"
        ),
    )


def _socket(node: Node, directory: Path) -> Path:
    path = path_in(directory, node, "the socket")
    if len(str(path).encode()) > _MOST_SOCKET_PATH_BYTES:
        raise InvalidConfiguration(
            f"the path of a Unix socket has at most {_MOST_SOCKET_PATH_BYTES} bytes",
            where=str(node.place),
            fix="choose a shorter path",
        )
    return path


def _authority(node: Node, directory: Path) -> Authority:
    path = path_in(directory, node, "the authority")
    try:
        return Authority.from_pem(path.read_bytes())
    except OSError:
        reason = "it cannot be read"
    except InvalidCertificate as error:
        reason = error.what
    raise InvalidConfiguration(
        f"{path} is not an authority: {reason}",
        where=str(node.place),
        fix="name the federation's ca.crt",
    )


def _limits(node: Node) -> Limits:
    names = [limit.name for limit in fields(Limits)]
    section = Section(node, "the limits", required=(), optional=names)
    given = {
        name: integer(value, name) for name in names if (value := section.get(name)) is not None
    }
    return located(node.place, Limits, **given)
