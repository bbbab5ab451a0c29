"""The enclave as a process: socket, signals, log lines, and the line that says it is ready.

Rules:
 * The socket is open to the owner of the process alone. A socket that nobody serves any more is
   replaced; one that somebody serves is an error.
 * Log lines are ``key=value`` on stderr, without values, codes or key material.
 * SIGTERM ends cleanly with exit code 0, Ctrl-C cleanly with 130. All keys are lost then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path

import grpc
import typer
from eligibility.v1 import enclave_pb2_grpc

from enclave_sim.config import EnclaveConfig, load_config
from enclave_sim.counts import Counts
from enclave_sim.host import EnclaveServicer
from enclave_sim.launch import launch
from enclave_sim.program.enclave import Enclave
from matcher.core.errors import InvalidConfiguration

_INTERRUPTED = 130
_SWEEP_SECONDS = 30.0
_GRACE_SECONDS = 2.0
_OPTIONS = (
    ("grpc.max_receive_message_length", 1280 * 1024),
    ("grpc.max_send_message_length", 1280 * 1024),
)


def serve_until_stopped(path: Path) -> None:
    """Serve with the configuration at ``path`` until a signal comes.

    Raises:
        InvalidConfiguration: platform or socket cannot be used.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    received = asyncio.run(_serve(load_config(path)))
    if received is signal.SIGINT:
        raise typer.Exit(_INTERRUPTED)


async def _serve(config: EnclaveConfig) -> signal.Signals:
    stop: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()

    def request_stop(number: signal.Signals) -> None:
        if not stop.done():
            stop.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, request_stop, number)
    identity, enclave = launch(config, lambda: int(time.time()))
    counts = Counts(config.boundary_log, config.boundary_capture)
    server = grpc.aio.server(options=_OPTIONS)
    enclave_pb2_grpc.add_EnclaveServicer_to_server(EnclaveServicer(enclave, counts), server)
    await _listen(server, config.socket)
    sweeper = asyncio.create_task(_sweep(enclave))
    try:
        typer.echo(
            f"ready: enclave {identity.measurement.hex()} on {config.socket} pid {os.getpid()}",
            err=True,
        )
        return await stop
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
