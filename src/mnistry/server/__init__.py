"""The HTTP server (`mnistry[serve]`): an API for tensors and pictures, and a web page to draw digits on.

Read the modules in this order, the path of a request from the socket to the network:

1. `serve` runs uvicorn; `http_protocol` and `timeouts` are its protocol (`request_head` checks each head).
2. `middleware` checks, times and logs every request (`access` holds the id, headers and log line).
3. `app` lists the routes; `api` and `ui` are their endpoints (`uploads`, `model_info`, `mnist_explorer` serve them).
4. `bounded_executor` and `batcher` are the queues in front of the workers.
5. `worker_pool` runs the worker processes; `worker_tasks` is what they do (`inference` for tensors).

Used throughout: `limits` (every bound), `problems` (error responses), `metrics`, and `schemas` (OpenAPI).
"""

from mnistry.server.app import application
from mnistry.server.limits import Limits

__all__ = ["Limits", "application"]
