from __future__ import annotations

import pytest
from eligibility.v1 import enclave_pb2, matcher_pb2
from google.protobuf.descriptor import MethodDescriptor

from fusuma.demo.boundaries import Crossing, Receiver, sights
from matcher.core.errors import RunProblem

# Who receives the requests and the responses of a service.
SERVICES = {
    matcher_pb2.DESCRIPTOR.services_by_name["Directory"]: (Receiver.MATCHER, Receiver.REQUESTER),
    matcher_pb2.DESCRIPTOR.services_by_name["Runs"]: (Receiver.MATCHER, Receiver.REQUESTER),
    matcher_pb2.DESCRIPTOR.services_by_name["Work"]: (Receiver.MATCHER, Receiver.PROVIDER),
    enclave_pb2.DESCRIPTOR.services_by_name["Enclave"]: (Receiver.ENCLAVE, Receiver.MATCHER),
}
METHODS = [
    pytest.param(method, receivers, id=method.full_name)
    for service, receivers in SERVICES.items()
    for method in service.methods
]


def kinds_of(message: object) -> list[str]:
    parts = [field.name for group in message.oneofs for field in group.fields]
    return [f"{message.name}.{part}" for part in parts] or [message.name]


@pytest.mark.parametrize(("method", "receivers"), METHODS)
def test_every_message_of_the_protocol_is_described(
    method: MethodDescriptor, receivers: tuple[Receiver, Receiver]
) -> None:
    for receiver, message in zip(receivers, (method.input_type, method.output_type), strict=True):
        for kind in kinds_of(message):
            (sight,) = sights("party", receiver, [Crossing("peer", kind, 1, 10)])
            assert sight.reads
            assert sight.closed


def test_a_message_nobody_described_is_an_error() -> None:
    with pytest.raises(RunProblem, match="nobody has said what it shows"):
        sights("matcher", Receiver.MATCHER, [Crossing("tax", "PlainColumns", 1, 10)])


def test_messages_of_one_sort_are_added_up_over_senders() -> None:
    crossings = [
        Crossing("welfare", "UploadChunksRequest", 2, 20),
        Crossing("tax", "UploadChunksRequest", 3, 30),
    ]
    (sight,) = sights("matcher", Receiver.MATCHER, crossings)
    assert (sight.senders, sight.messages, sight.size) == (("tax", "welfare"), 5, 50)
    assert sight.reads == "nothing"
