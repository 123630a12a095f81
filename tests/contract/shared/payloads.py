"""The example payloads of the systems, which lie beside the project and are no part of it."""

import json
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parents[4] / "shared" / "payloads"


def payload(path: str) -> Any:
    return json.loads((PAYLOADS / path).read_bytes())
