"""What the conditions of one programme may speak of, declared to CEL.

In a programme for persons attributes are variables named ``role.attribute``. In one for households
there is one variable, ``members``: a list of messages with a field a role and in it a field an
attribute, made from the catalogue, so that a misspelt attribute is an error of the compiler and not
of a run. Parameters are variables named ``params.name`` in both.

Rules:
 * Dates are timestamps, tables are maps of whole numbers.
 * Functions are declared, never implemented: conditions are compiled here and not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cel_expr_python import cel
from cel_expr_python.ext import ext_math
from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName, Role
from matcher.core.predicate import TimeUnit
from matcher.core.programme import Unit
from matcher.language.parameters import PARAMETERS, ParameterType

MEMBERS = "members"
PACKAGE = "household"
MEMBER = f"{PACKAGE}.Member"
DATE = "date"
AT_LEAST = "at_least"

_TYPES = {
    AttributeType.INTEGER: cel.Type.INT,
    AttributeType.ENUMERATION: cel.Type.STRING,
    AttributeType.BOOLEAN: cel.Type.BOOL,
    AttributeType.DATE: cel.Type.TIMESTAMP,
}
_FIELDS = {
    AttributeType.INTEGER: FieldDescriptorProto.TYPE_INT64,
    AttributeType.ENUMERATION: FieldDescriptorProto.TYPE_STRING,
    AttributeType.BOOLEAN: FieldDescriptorProto.TYPE_BOOL,
    AttributeType.DATE: FieldDescriptorProto.TYPE_MESSAGE,
}
_TABLE = cel.Type.Map(cel.Type.INT, cel.Type.INT)
# Numbers that protocol buffers keep for themselves.
_KEPT = range(19000, 20000)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one programme.

    Attributes:
        attributes: what its conditions may read.
        parameters: the type of every parameter.
        unit: whether attributes are a person's or those of a household's members.
        most_members: of one household; 1 for persons.
        environment: CEL's, made from the above.
    """

    attributes: Mapping[AttributeName, Attribute]
    parameters: Mapping[str, ParameterType]
    unit: Unit = Unit.PERSON
    most_members: int = 1
    environment: cel.Env = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", _environment(self))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a condition may use, as it is written."""
        parameters = tuple(f"{PARAMETERS}.{name}" for name in self.parameters)
        return (*self.attributes, *parameters)


def _environment(vocabulary: Vocabulary) -> cel.Env:
    variables = {
        f"{PARAMETERS}.{name}": _TABLE if kind.table else _TYPES[kind.kind]
        for name, kind in vocabulary.parameters.items()
    }
    pool = None
    if vocabulary.unit is Unit.HOUSEHOLD:
        pool = _household_types(vocabulary.attributes)
        variables[MEMBERS] = cel.Type.List(cel.Type(MEMBER))
    else:
        for name, attribute in vocabulary.attributes.items():
            variables[str(name)] = _TYPES[attribute.type]
    return cel.NewEnv(
        descriptor_pool=pool,
        variables=variables,
        extensions=[ext_math.ExtMath()],
        functions=_functions(),
    )


def _functions() -> list[cel.FunctionDecl]:
    conditions = cel.Type.List(cel.Type.BOOL)
    declared = {unit.value: (cel.Type.INT, [cel.Type.TIMESTAMP]) for unit in TimeUnit}
    declared[DATE] = (cel.Type.TIMESTAMP, [cel.Type.STRING])
    declared[AT_LEAST] = (cel.Type.BOOL, [cel.Type.INT, conditions])
    return [
        cel.FunctionDecl(name, [cel.Overload(f"fusuma_{name}", result, arguments)])
        for name, (result, arguments) in declared.items()
    ]


def _household_types(attributes: Mapping[AttributeName, Attribute]) -> DescriptorPool:
    """Return a pool with the type of a household's member."""
    # Syntax proto2: in proto3 two names whose camel-case forms coincide cannot share a message.
    file = FileDescriptorProto(
        name=f"{PACKAGE}.proto",
        package=PACKAGE,
        syntax="proto2",
        dependency=[timestamp_pb2.DESCRIPTOR.name],
    )
    by_role: dict[Role, list[Attribute]] = {}
    for attribute in attributes.values():
        by_role.setdefault(attribute.role, []).append(attribute)
    member = file.message_type.add(name=MEMBER.removeprefix(f"{PACKAGE}."))
    for number, (role, owned) in enumerate(by_role.items()):
        message = file.message_type.add(name=role)
        for place, attribute in enumerate(owned):
            entry = message.field.add(
                name=attribute.name.partition(".")[2], type=_FIELDS[attribute.type]
            )
            _number(entry, place)
            if attribute.type is AttributeType.DATE:
                entry.type_name = f".{timestamp_pb2.Timestamp.DESCRIPTOR.full_name}"
        entry = member.field.add(
            name=role, type=FieldDescriptorProto.TYPE_MESSAGE, type_name=f".{PACKAGE}.{role}"
        )
        _number(entry, number)
    pool = DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return pool


def _number(entry: FieldDescriptorProto, place: int) -> None:
    number = place + 1
    entry.number = number if number < _KEPT.start else number + len(_KEPT)
    entry.label = FieldDescriptorProto.LABEL_OPTIONAL
    # Names in JSON are never used; this one only has to differ from the others.
    entry.json_name = f"f{entry.number}"
