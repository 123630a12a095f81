"""Expressions in a mapping's options, checked where they are written."""

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.routing import PayloadExpression, check_payload_expression

NAMES: Final = ("payload", "each", "key", "headers", "record")
"""What an expression sees, in the order in which values are given to it."""

MAX_CHARACTERS: Final = 2_000


def _checked(source: str) -> str:
    found = check_payload_expression(source, NAMES)
    if isinstance(found, PayloadExpression):
        return source
    problem = found[0]
    raise PydanticCustomError(
        "expression",
        "{message}",
        {
            "message": problem.message,
            "line": problem.line,
            "column": problem.column,
            "suggestion": problem.suggestion,
        },
    )


def _checked_condition(source: str) -> str:
    if compiled(_checked(source)).type.name in ("bool", "dyn"):
        return source
    raise ValueError("it must be true or false")


Expression: TypeAlias = Annotated[str, Field(max_length=MAX_CHARACTERS), AfterValidator(_checked)]
"""CEL over a payload."""

Condition: TypeAlias = Annotated[
    str, Field(max_length=MAX_CHARACTERS), AfterValidator(_checked_condition)
]
"""CEL over a payload that is true or false."""


def compiled(source: str) -> PayloadExpression:
    """The expression of a source that was checked."""
    found = check_payload_expression(source, NAMES)
    if isinstance(found, PayloadExpression):
        return found
    raise ValueError(found[0].message)
