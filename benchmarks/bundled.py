"""What a record says of the bundled model that it was measured with."""

import hashlib
from typing import Any

from mnistry.assets import MODEL
from mnistry.reader import Reader
from mnistry.safety.json_record import as_json
from mnistry.training import provenance


def describe() -> dict[str, Any]:
    """The model's origin and its file, and what all records hold: versions, commit, machine."""
    content = MODEL.read_bytes()
    result = as_json(Reader().metadata.origin) | {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return {"model": result, **provenance.describe()}
