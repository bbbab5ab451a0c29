"""Reading protocol messages strictly: one value has one byte string, and nothing is ignored.

Protobuf parsers keep going where a security protocol must stop: unknown fields are skipped, the
last of repeated scalar fields wins, and two parsers may then disagree about what was signed.

Rules:
 * Bytes that do not parse, unknown fields at any depth, and bytes that are not the canonical
   serialisation (fields ascending, each once, defaults left out) are refused.
 * A message about a field names the field, never its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from matcher.core.errors import InvalidConfiguration, InvalidMessage
from matcher.core.identifiers import DIGEST_BYTES, AgencyId, Digest, agency_id

SALT_BYTES: Final = 32

MessageT = TypeVar("MessageT", bound=Message)
KeyT = TypeVar("KeyT", str, int, tuple[str, str])


def parse(kind: type[MessageT], data: bytes, where: str, *, most_bytes: int) -> MessageT:
    """Return ``data`` as a message of ``kind``.

    Raises:
        InvalidMessage: it is too large, does not parse, or has unknown fields.
    """
    if len(data) > most_bytes:
        raise InvalidMessage(f"more than {most_bytes} bytes", where=where)
    message = kind()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise InvalidMessage("the bytes do not parse", where=where) from None
    _refuse_unknown_fields(message, where)
    return message


def parse_canonical(kind: type[MessageT], data: bytes, where: str, *, most_bytes: int) -> MessageT:
    """Return ``data`` as a message of ``kind`` whose only serialisation is ``data``.

    Raises:
        InvalidMessage: as ``parse``, or the bytes are not the canonical ones.
    """
    message = parse(kind, data, where, most_bytes=most_bytes)
    if serialise(message) != data:
        raise InvalidMessage(
            "the bytes are not the canonical serialisation",
            where=where,
            fix="write fields in ascending order, each once, and leave defaults out",
        )
    return message


def serialise(message: Message) -> bytes:
    """Return the canonical serialisation of ``message``, which has no map fields."""
    return message.SerializeToString(deterministic=True)


def exactly(data: bytes, length: int, where: str) -> bytes:
    """Return ``data`` if it has ``length`` bytes.

    Raises:
        InvalidMessage: it has not.
    """
    if len(data) != length:
        raise InvalidMessage(f"{len(data)} bytes instead of {length}", where=where)
    return data


def digest_in(data: bytes, where: str) -> Digest:
    """Return ``data`` as a digest.

    Raises:
        InvalidMessage: it is not 32 bytes long.
    """
    return Digest(exactly(data, DIGEST_BYTES, where))


def agency_in(text: str, where: str) -> AgencyId:
    """Return ``text`` as an agency id.

    Raises:
        InvalidMessage: it is not one.
    """
    try:
        return agency_id(text)
    except InvalidConfiguration as error:
        raise InvalidMessage("this is not an agency id", where=where, fix=error.fix) from None


def within(value: int, low: int, high: int, where: str) -> int:
    """Return ``value`` if it lies in [low, high].

    Raises:
        InvalidMessage: it does not.
    """
    if not low <= value <= high:
        raise InvalidMessage(f"a number outside {low} to {high}", where=where)
    return value


def ascending(keys: Sequence[KeyT], where: str) -> None:
    """Check that ``keys`` strictly ascend, so that none is there twice.

    Raises:
        InvalidMessage: they do not.
    """
    if list(keys) != sorted(set(keys)):
        raise InvalidMessage("entries are not in ascending order, each once", where=where)


def _refuse_unknown_fields(message: Message, where: str) -> None:
    if len(UnknownFieldSet(message)):
        raise InvalidMessage("there are fields that this version does not know", where=where)
    for field in message.DESCRIPTOR.fields:
        # Other fields are not looked at: reading a roster's codes would copy them.
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            value = getattr(message, field.name)
            for child in value if field.is_repeated else (value,):
                _refuse_unknown_fields(child, f"{where}.{field.name}")
