"""The part of the hub's HTTP interface that fetching checkpoints uses, served from folders on the loopback."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

COMMIT = "1" * 40
STORED_APART = (".safetensors", ".bin")  # as the hub does with large files: known by their SHA-256
OWN = "owner/tiny"


class LoopbackHub(ThreadingHTTPServer):
    """Serves a checkpoint as ``owner/tiny``, or several by their hub ids; ``breaks`` names a file whose connection breaks in the middle."""

    daemon_threads = True

    def __init__(self, published: Path | Mapping[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folders = {OWN: published} if isinstance(published, Path) else dict(published)
        self.gated = False  # asks for an account that accepted its conditions
        self.breaks = ""
        self.ranges: list[str] = []  # parts of ``breaks`` that were asked for
        self.fetched: list[str] = []

    @property
    def folder(self) -> Path:
        """What is served as ``owner/tiny``."""
        return self.folders[OWN]

    @folder.setter
    def folder(self, folder: Path) -> None:
        self.folders[OWN] = folder

    def stand_in(self, patch: pytest.MonkeyPatch, cache: Path) -> None:
        """Answer in place of the hub from now on, to a client whose cache is empty and which waits for nothing."""
        from huggingface_hub import constants

        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        address = f"http://127.0.0.1:{self.server_port}"
        patch.setattr(constants, "ENDPOINT", address)
        patch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        patch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
        patch.setattr(time, "sleep", lambda _: None)  # the client waits between its tries


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
        name, folder = next(
            ((name, folder) for name, folder in self.server.folders.items() if f"/{name}/" in path),
            ("", Path()),
        )
        if self.server.gated and "/resolve/" in path:
            refusal = {
                "X-Error-Code": "GatedRepo",
                "X-Error-Message": f"Access to model {name} is restricted.",
            }
            self._send_json({"error": "restricted"}, status=401, headers=refusal)
            return
        files = (
            {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
            if name
            else {}
        )
        if path == f"/api/models/{name}/revision/main":
            siblings = [{"rfilename": file} for file in files]
            self._send_json({"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings})
        elif path == f"/api/models/{name}/tree/{COMMIT}":
            self._send_json([_describe(file, place) for file, place in files.items()])
        elif (wanted := path.removeprefix(f"/{name}/resolve/{COMMIT}/")) in files:
            self._send_file(wanted, files[wanted].read_bytes(), body=body)
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
