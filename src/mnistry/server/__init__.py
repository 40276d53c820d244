"""mnistry over HTTP: tensors and pictures in, digits out, and a page to draw on. Needs `mnistry[serve]`."""

from mnistry.server.app import application
from mnistry.server.limits import Limits

__all__ = ["Limits", "application"]
