"""The part of the hub's HTTP interface that fetching a checkpoint uses, served from a folder on the loopback."""

from __future__ import annotations

import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "1" * 40
STORED_APART = (".safetensors", ".bin")  # as the hub does with large files: known by their SHA-256


class LoopbackHub(ThreadingHTTPServer):
    """Serves one checkpoint; ``breaks`` names a file whose connection breaks in the middle."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.gated = False  # asks for an account that accepted its conditions
        self.breaks = ""
        self.ranges: list[str] = []  # parts of ``breaks`` that were asked for
        self.fetched: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def do_HEAD(self) -> None:
        self._reply(body=False)

    def do_GET(self) -> None:
        self._reply(body=True)

    def _reply(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if self.server.gated and "/resolve/" in path:
            refusal = {
                "X-Error-Code": "GatedRepo",
                "X-Error-Message": "Access to model owner/tiny is restricted.",
            }
            self._send_json({"error": "restricted"}, status=401, headers=refusal)
            return
        files = {
            str(file.relative_to(self.server.folder)): file
            for file in self.server.folder.rglob("*")
            if file.is_file()
        }
        if re.fullmatch(r"/api/models/owner/tiny/revision/main", path):
            siblings = [{"rfilename": name} for name in files]
            self._send_json(
                {"id": "owner/tiny", "modelId": "owner/tiny", "sha": COMMIT, "siblings": siblings}
            )
        elif path == f"/api/models/owner/tiny/tree/{COMMIT}":
            self._send_json([_describe(name, file) for name, file in files.items()])
        elif (name := path.removeprefix(f"/owner/tiny/resolve/{COMMIT}/")) in files:
            self._send_file(name, files[name].read_bytes(), body=body)
        else:
            self._send_json({"error": "Not found"}, status=404, headers={"X-Error-Code": "RepoNotFound"})

    def _send_json(self, answer: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        for key, value in {
            "Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})
        }.items():  # fmt: skip
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":  # what followed a HEAD would be read as the next answer
            self.wfile.write(content)

    def _send_file(self, name: str, content: bytes, *, body: bool) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{_tag(name, content)}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not body:
            return
        self.server.fetched.append(name)
        if name == self.server.breaks:
            self.server.ranges.append(self.headers.get("Range", ""))
            self.wfile.write(content[start : len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        self.wfile.write(content[start:])


def _tag(name: str, content: bytes) -> str:
    if name.endswith(STORED_APART):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def _describe(name: str, file: Path) -> dict[str, object]:
    content = file.read_bytes()
    found: dict[str, object] = {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
    if name.endswith(STORED_APART):
        found["lfs"] = {"oid": _tag(name, content), "size": len(content), "pointerSize": 130}
    return found
