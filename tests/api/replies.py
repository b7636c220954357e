"""Replies as the API and others give them."""

import json

from bulk_sync.api.responses import Response, classify

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}
CONTACT = {"id": "7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a59", "phoneNumber": "+11234567890", "status": "paused"}
DONE = {"success": True, "message": "Contact updated successfully", "contact": CONTACT}


def reply(status, body=b"", headers=JSON):
    return Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def verdict(status, body=b"", headers=JSON, *, understood=True):
    return classify(reply(status, body, headers), understood=understood)


def error(message, name="Not found"):
    return {"error": name, "message": message}
