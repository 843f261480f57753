"""Plain HTTP towards a service: nothing is added to a request and nothing is interpreted."""
import dataclasses
import http.client
import io
import json
import pathlib
import re
import time
import urllib.parse
import zipfile

BOUNDARY = "a1b2c3d4e5f6"


@dataclasses.dataclass
class Exchange:
    """One request with its answer."""

    caller: str
    method: str
    path: str
    sent_headers: dict
    sent: object
    status: int
    headers: dict
    content: bytes

    @property
    def body(self):
        return json.loads(self.content) if self.content else None


@dataclasses.dataclass
class Form:
    """A multipart body: (name, file name or None, bytes) for each part."""

    parts: list

    def encoded(self):
        lines = []
        for name, file_name, content in self.parts:
            also = f'; filename="{file_name}"' if file_name else ""
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{also}\r\n\r\n'
            lines += [head.encode(), content, b"\r\n"]
        return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


def upload(archive, **metadata):
    """The form with which a package is uploaded."""
    return Form([("__metadata__", None, json.dumps(metadata).encode()), ("file", "package.zip", archive)])


def archive(folder):
    """Zip a package folder; the same content always gives the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (2026, 1, 2, 3, 4, 6))
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, path.read_bytes())
    return content.getvalue()


class Caller:
    """Somebody with a token (or without one) who sends requests to Murano or a service beside it."""

    def __init__(self, title, address, token):
        self.title, self.address, self.token = title, address, token

    def send(self, method, path, body=None, *, session=None, accept="application/json", content_type=None):
        """Send a request below /v1 (or to any path that begins with //)."""
        path = path[1:] if path.startswith("//") else f"/v1{path}"
        headers = {}
        if self.token:
            headers["X-Auth-Token"] = self.token
        if accept is not None:
            headers["Accept"] = accept
        if session:
            headers["X-Configuration-Session"] = session
        if isinstance(body, Form):
            payload, usual = body.encoded(), f"multipart/form-data; boundary={BOUNDARY}"
        elif isinstance(body, str):
            payload, usual = body.encode(), "application/json"
        else:
            payload, usual = None if body is None else json.dumps(body).encode(), "application/json"
        if payload is not None:
            headers["Content-Type"] = content_type or usual
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request(method, path, payload, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Exchange(self.title, method, path, headers, body, answer.status, dict(answer.getheaders()), content)

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.send("POST", path, body, **options)

    def delete(self, path, **options):
        return self.send("DELETE", path, **options)

    def settled(self, environment, unless=("deploying", "deleting")):
        """Wait until the engine is done with an environment; return its last status, None when it is gone."""
        for _ in range(600):
            answer = self.get(f"/environments/{environment}")
            if answer.status == 404:
                return None
            # A request that arrives while the environment is being removed may fail with 500.
            if answer.status == 200 and answer.body["status"] not in unless:
                return answer.body["status"]
            time.sleep(0.1)
        raise TimeoutError(f"environment {environment} does not settle")


class Site:
    """A running service, found by a clouds.yaml that has an entry for everybody who acts."""

    TITLES = {
        "demo": "member of the project",
        "demo2": "another member of the project",
        "alt": "member of another project",
        "admin": "administrator",
    }

    def __init__(self, clouds):
        text = pathlib.Path(clouds).read_text()
        # Both services write one "key: value" a line: no YAML library is needed.
        entries = re.split(r"^  ([\w-]+):$", text, flags=re.MULTILINE)[1:]
        settings = [dict(re.findall(r"^\s+(\w+): (\S+)$", block, flags=re.MULTILINE)) for block in entries[1::2]]
        self.clouds = {cloud["username"]: cloud for cloud in settings}
        self.keystone = urllib.parse.urlsplit(self.clouds["demo"]["auth_url"])
        self.callers = {name: self._log_in(name) for name in self.TITLES}

    def _log_in(self, name):
        cloud = self.clouds[name]
        body = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": cloud["username"], "domain": {"id": cloud["user_domain_id"]},
                "password": cloud["password"]}}},
            "scope": {"project": {"name": cloud["project_name"], "domain": {"id": cloud["project_domain_id"]}}}}}
        connection = http.client.HTTPConnection(self.keystone.netloc, timeout=60)
        connection.request("POST", f"{self.keystone.path}/auth/tokens", json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        token = json.loads(answer.read())["token"]
        self.murano, self.glance = (
            urllib.parse.urlsplit(next(s for s in token["catalog"] if s["type"] == kind)["endpoints"][0]["url"])
            for kind in ("application-catalog", "image"))
        return Caller(self.TITLES[name], self.murano.netloc, answer.headers["X-Subject-Token"])

    def at_glance(self, name):
        """Somebody who sends requests to Glance, with paths that begin with //."""
        return Caller(self.TITLES[name], self.glance.netloc, self.callers[name].token)

    def stranger(self, title, token=None):
        return Caller(title, self.murano.netloc, token)
