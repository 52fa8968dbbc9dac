"""Makes calls through the official Python client and says what it sent and what it read.

One JSON object a line comes in on stdin:

    {"operation": "batch.jobs.list", "parameters": {"page": 1}, "answer": {"status": 200, "body": {...}}}

and one goes out on stdout:

    {"sent": {"method", "path", "query", "headers", "body"} or null, "read": ... or null, "refused": text or null}

Parameters are named as on the wire. Nothing reaches the network: the answer is made here.
"""

import base64
import datetime
import json
import sys

try:
    import httpx2 as httpx
except ImportError:
    import httpx
try:
    from mistralai import Mistral
except ImportError:
    from mistralai.client import Mistral

METHODS = {
    "batch.jobs.list": ("batch", "jobs", "list"),
    "batch.jobs.create": ("batch", "jobs", "create"),
    "batch.jobs.get": ("batch", "jobs", "get"),
    "batch.jobs.cancel": ("batch", "jobs", "cancel"),
    "batch.jobs.delete": ("batch", "jobs", "delete"),
    "files.upload": ("files", "upload"),
    "files.list": ("files", "list"),
    "files.get": ("files", "retrieve"),
    "files.delete": ("files", "delete"),
    "files.download": ("files", "download"),
    "files.signed_url": ("files", "get_signed_url"),
    "fine_tuning.jobs.list": ("fine_tuning", "jobs", "list"),
    "fine_tuning.jobs.create": ("fine_tuning", "jobs", "create"),
    "fine_tuning.jobs.get": ("fine_tuning", "jobs", "get"),
    "fine_tuning.jobs.cancel": ("fine_tuning", "jobs", "cancel"),
    "fine_tuning.jobs.start": ("fine_tuning", "jobs", "start"),
    "models.list": ("models", "list"),
    "models.get": ("models", "retrieve"),
    "models.delete": ("models", "delete"),
    "models.update": ("models", "update"),
    "models.archive": ("models", "archive"),
    "models.unarchive": ("models", "unarchive"),
}
DATES = ("created_after", "created_before")


class Wire:
    """Keeps the last request and answers it."""

    def __init__(self):
        self.sent = None
        self.answer = None

    def handle(self, request):
        self.sent = {
            "method": request.method,
            "path": request.url.raw_path.split(b"?")[0].decode(),
            "query": request.url.query.decode(),
            "headers": {name: request.headers.get(name) for name in ("accept", "authorization", "content-type")},
            "body": base64.b64encode(request.read()).decode(),
        }
        body = self.answer["body"]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        kind = self.answer.get("content_type", "application/json")
        return httpx.Response(self.answer["status"], content=text.encode(), headers={"content-type": kind})


def argument(name, value):
    if name in DATES and value is not None:
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if name == "file":
        return {**value, "content": value["content"].encode()}
    return value


def plain(value):
    """What was read, as JSON; what the client leaves unset is left out."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, httpx.Response):
        return value.read().decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def make(client, wire, call):
    wire.sent, wire.answer = None, call.get("answer") or {"status": 200, "body": {}}
    read, refused = None, None
    method = client
    try:
        for name in METHODS[call["operation"]]:
            method = getattr(method, name)
        read = plain(method(**{name: argument(name, value) for name, value in call["parameters"].items()}))
    except Exception as error:  # whatever it raises is its refusal
        refused = f"{type(error).__name__}: {error}"[:400]
    return {"sent": wire.sent, "read": read, "refused": refused}


def main():
    wire = Wire()
    client = Mistral(
        api_key="fake-key-0123456789",
        server_url="https://api.mistral.ai",
        client=httpx.Client(transport=httpx.MockTransport(wire.handle), follow_redirects=True),
    )
    for line in sys.stdin:
        print(json.dumps(make(client, wire, json.loads(line))), flush=False)


main()
