"""The text of a `.proto` file to descriptors, without a compiler.

What a registry holds: messages, enums, maps, oneofs and imports, in proto2 or proto3. Services and
options say nothing of a value and are passed over; groups and extensions are refused.
"""

from collections.abc import Iterable
from typing import Final

from google.protobuf import (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from proto_schema_parser import ast
from proto_schema_parser.parser import Parser

from connectors.envelopes.schemas import Reference, Schema

_WELL_KNOWN: Final = (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
_LABELS: Final = {
    ast.FieldCardinality.REPEATED: FieldDescriptorProto.LABEL_REPEATED,
    ast.FieldCardinality.REQUIRED: FieldDescriptorProto.LABEL_REQUIRED,
}
_SCALARS: Final = frozenset(
    {
        "bool", "bytes", "double", "fixed32", "fixed64", "float", "int32", "int64", "sfixed32",
        "sfixed64", "sint32", "sint64", "string", "uint32", "uint64",
    }
)  # fmt: skip
_MAIN: Final = "value.proto"


def described(schema: Schema) -> FileDescriptor:
    """The file of the schema, with all that it imports. Raises whatever is wrong with it."""
    pool = DescriptorPool()
    for module in _WELL_KNOWN:
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for file in (*schema.references, Reference(_MAIN, schema.text)):
        pool.AddSerializedFile(_file(file).SerializeToString())
    return pool.FindFileByName(_MAIN)


def _file(written: Reference) -> FileDescriptorProto:
    parsed = Parser().parse(written.text)
    file = FileDescriptorProto(name=written.name, syntax=parsed.syntax or "proto2")
    for element in parsed.file_elements:
        match element:
            case ast.Package(name=name):
                file.package = name
            case ast.Import(name=name):
                file.dependency.append(name)
            case ast.Message():
                file.message_type.append(_message(element, file.syntax))
            case ast.Enum():
                file.enum_type.append(_enum(element))
    return file


def _message(written: ast.Message, syntax: str) -> DescriptorProto:
    message = DescriptorProto(name=written.name)
    optional: list[FieldDescriptorProto] = []
    for element in written.elements:
        match element:
            case ast.Field():
                field = _field(element)
                message.field.append(field)
                if syntax == "proto3" and element.cardinality == ast.FieldCardinality.OPTIONAL:
                    optional.append(message.field[-1])
            case ast.MapField():
                _add_map(message, element)
            case ast.OneOf():
                _add_oneof(message, element)
            case ast.Message():
                message.nested_type.append(_message(element, syntax))
            case ast.Enum():
                message.enum_type.append(_enum(element))
            case ast.Group():
                raise ValueError("groups are not read")
    _add_presence(message, optional)
    return message


def _field(written: ast.Field) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_OPTIONAL
    if written.cardinality is not None:
        label = _LABELS.get(written.cardinality, label)
    field = FieldDescriptorProto(name=written.name, number=written.number, label=label)
    _set_type(field, written.type)
    return field


def _set_type(field: FieldDescriptorProto, name: str) -> None:
    if name in _SCALARS:
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    else:
        field.type_name = name


def _add_map(message: DescriptorProto, written: ast.MapField) -> None:
    """A map is a list of messages with a key and a value."""
    entry = DescriptorProto(name=f"{_camel(written.name)}Entry")
    entry.options.map_entry = True
    entry.field.append(_field(ast.Field(name="key", number=1, type=written.key_type)))
    entry.field.append(_field(ast.Field(name="value", number=2, type=written.value_type)))
    message.nested_type.append(entry)
    cardinality = ast.FieldCardinality.REPEATED
    field = ast.Field(written.name, written.number, entry.name, cardinality)
    message.field.append(_field(field))


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _add_oneof(message: DescriptorProto, written: ast.OneOf) -> None:
    message.oneof_decl.add(name=written.name)
    for element in written.elements:
        if isinstance(element, ast.Field):
            field = _field(element)
            field.oneof_index = len(message.oneof_decl) - 1
            message.field.append(field)


def _add_presence(message: DescriptorProto, fields: Iterable[FieldDescriptorProto]) -> None:
    """In proto3 a field that is optional is the only one of a oneof of its own, behind the rest."""
    for field in fields:
        message.oneof_decl.add(name=f"_{field.name}")
        field.oneof_index = len(message.oneof_decl) - 1
        field.proto3_optional = True


def _enum(written: ast.Enum) -> EnumDescriptorProto:
    enum = EnumDescriptorProto(name=written.name)
    for element in written.elements:
        match element:
            case ast.EnumValue(name=name, number=number):
                enum.value.add(name=name, number=number)
            case ast.Option(name="allow_alias"):
                enum.options.allow_alias = True
    return enum
