"""The enclave as a process; what all processes have in common is in ``matcher.process``.

Rules:
 * The socket is open to the owner of the process alone. A socket that nobody serves any more is
   replaced; one that somebody serves is an error.
 * All keys are lost when the process ends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from pathlib import Path

import grpc
from eligibility.v1 import enclave_pb2_grpc

from enclave_sim.config import EnclaveConfig, load_config
from enclave_sim.counts import Counts
from enclave_sim.host import EnclaveServicer
from enclave_sim.launch import launch
from enclave_sim.program.enclave import Enclave
from matcher.core.errors import InvalidConfiguration
from matcher.process.lifetime import Stop, prepare_to_serve, run_until_stopped, say_ready
from matcher.wire.message_size import SIZE_OPTIONS

_SWEEP_SECONDS = 30.0
_GRACE_SECONDS = 2.0


def serve_until_stopped(path: Path) -> None:
    """Serve with the configuration at ``path`` until a signal comes.

    Raises:
        InvalidConfiguration: platform or socket cannot be used.
    """
    prepare_to_serve()
    config = load_config(path)
    run_until_stopped(lambda stop: _serve(config, stop))


async def _serve(config: EnclaveConfig, stop: Stop) -> None:
    identity, enclave = launch(config, lambda: int(time.time()))
    counts = Counts(config.boundary_log, config.boundary_capture)
    server = grpc.aio.server(options=SIZE_OPTIONS)
    enclave_pb2_grpc.add_EnclaveServicer_to_server(EnclaveServicer(enclave, counts), server)
    await _listen(server, config.socket)
    sweeper = asyncio.create_task(_sweep(enclave))
    try:
        say_ready(f"enclave {identity.measurement.hex()} on {config.socket} pid {os.getpid()}")
        await stop
    finally:
        sweeper.cancel()
        await server.stop(_GRACE_SECONDS)
        counts.write()


async def _listen(server: grpc.aio.Server, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(path)
    # gRPC makes the socket with the process's mask; nobody else may connect, not even at once.
    mask = os.umask(0o177)
    try:
        server.add_insecure_port(f"unix:{path}")
        await server.start()
    except RuntimeError:
        raise InvalidConfiguration(
            "the socket cannot be made",
            where=str(path),
            fix="check that the directory is there and may be written",
        ) from None
    finally:
        os.umask(mask)


def _clear(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_socket():
        # Connecting to a plain file is refused just as connecting to a dead socket is.
        raise InvalidConfiguration("there is a file here that is no socket", where=str(path))
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError as error:
            raise InvalidConfiguration(
                f"the socket cannot be used: {error.strerror}", where=str(path)
            ) from None
        else:
            raise InvalidConfiguration(
                "an enclave serves on this socket already",
                where=str(path),
                fix="stop it first, or choose another socket",
            )


async def _sweep(enclave: Enclave) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        enclave.forget_expired()
