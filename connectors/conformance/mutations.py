"""Ways to spoil a valid payload: another value, a missing part, torn and flipped bytes."""

from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

Path: TypeAlias = tuple[str | int, ...]

CANARY: Final = "Canary 7c1 <canary@mail.example>"
"""No plain name: it may be shown nowhere."""

WRONG: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**63, 2**70, 1.5, 1e308, "", "\0", CANARY, "x" * 600, [], {}, [[]],
    {"": ""}, [CANARY], {CANARY: CANARY},
)  # fmt: skip
"""What no field of a payload is, or what only few are."""

JSON: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def paths(value: object, at: Path = ()) -> list[Path]:
    """Every place in a payload, the whole of it first."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [at] + [path for key, inner in inside for path in paths(inner, (*at, key))]


def part(value: Any, path: Path) -> Any:
    """What is at `path`."""
    for key in path:
        value = value[key]
    return value


def replaced(value: Any, path: Path, by: object) -> Any:
    """A copy of `value` with another part at `path`."""
    if not path:
        return by
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    return copy


def without(value: Any, path: Path) -> Any:
    """A copy of `value` without the part at `path`."""
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = without(copy[path[0]], path[1:])
    return copy


def torn(raw: bytes, data: st.DataObject) -> bytes:
    """`raw` with up to four bytes flipped, and perhaps cut short."""
    flipped = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        flipped[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(raw)))
    return bytes(flipped[:end]) if data.draw(st.booleans()) else bytes(flipped)


def spoiled(payload: Any, data: st.DataObject) -> Any:
    """`payload` with any JSON in up to three places."""
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(paths(payload)))
        payload = replaced(payload, path, data.draw(JSON))
    return payload
