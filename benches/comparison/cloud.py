"""The services that are measured on, how requests are counted there, and what is put into them."""
import http.client
import io
import json
import pathlib
import re
import subprocess
import time
import urllib.parse
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOUNDARY = "7e0f1a2b3c4d"
MANY = "com.example.many."


class Refused(Exception):
    """The service answered with an error to what the comparison itself asked."""


class Cloud:
    """A service as a project sees it, and a connection of our own to prepare it and to clean up."""

    def __init__(self, title, clouds, entry):
        self.title, self.clouds, self.entry = title, str(clouds), entry
        # One `key: value` a line: no YAML library is needed.
        blocks = re.split(r"^  ([\w-]+):$", pathlib.Path(clouds).read_text(), flags=re.MULTILINE)
        block = blocks[blocks.index(entry) + 1]
        self.account = dict(re.findall(r"^\s+(\w+): (\S+)$", block, flags=re.MULTILINE))
        self.auth_url = self.account["auth_url"]
        person = {"name": self.account["username"], "password": self.account["password"], "domain": {"id": "default"}}
        project = {"name": self.account["project_name"], "domain": {"id": "default"}}
        self.login = {"auth": {"identity": {"methods": ["password"], "password": {"user": person}},
                               "scope": {"project": project}}}
        self.sign_in()

    def sign_in(self):
        keystone = urllib.parse.urlsplit(self.auth_url)
        connection = http.client.HTTPConnection(keystone.netloc)
        connection.request("POST", f"{keystone.path}/auth/tokens", json.dumps(self.login),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        catalog = json.load(answer)["token"]["catalog"]
        self.token = answer.headers["X-Subject-Token"]
        murano = next(service for service in catalog if service["type"] == "application-catalog")
        self.endpoint = next(place["url"] for place in murano["endpoints"] if place["interface"] == "public")
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.endpoint).netloc)

    def call(self, method, path, body=None, media_type="application/json"):
        headers = {"X-Auth-Token": self.token, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = media_type
        self.connection.request(method, f"/v1{path}", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Refused(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def pages(self):
        """The paths that list the whole catalog, and what they list."""
        paths, found, path = [], [], "/catalog/packages?limit=100"
        while path:
            page = self.call("GET", path)
            paths.append(path)
            found += page["packages"]
            marker = page.get("next_marker")
            path = marker and f"/catalog/packages?limit=100&marker={marker}"
        return paths, found

    def fill(self, packages, environments):
        """Uploads what is missing of so many small packages and an application, and makes environments."""
        there = {package["fully_qualified_name"] for package in self.pages()[1]}
        for name in [f"{MANY}Package{number:04}" for number in range(packages)]:
            if name not in there:
                self.upload(small_package(name))
        if "com.example.Greeter" not in there:
            self.upload(zipped_folder(ROOT / "tests/data/packages/greeter"))
        there = {environment["name"] for environment in self.call("GET", "/environments")["environments"]}
        for name in [f"shop-{number}" for number in range(environments)]:
            if name not in there:
                self.call("POST", "/environments", json.dumps({"name": name}))

    def upload(self, archive):
        metadata = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="__metadata__"\r\n\r\n{{"is_public": false}}'
        file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="package.zip"\r\n\r\n'
        body = f"{metadata}\r\n{file}".encode() + archive + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.call("POST", "/catalog/packages", body, f"multipart/form-data; boundary={BOUNDARY}")

    def remove_packages(self, prefix):
        # A search answers with whatever is like the words; the name decides.
        for package in self.call("GET", f"/catalog/packages?search={prefix}&limit=100")["packages"]:
            if package["fully_qualified_name"].startswith(prefix):
                self.call("DELETE", f"/catalog/packages/{package['id']}")

    def create_environment(self, name):
        return self.call("POST", "/environments", json.dumps({"name": name}))["id"]

    def remove_environment(self, environment):
        """Once the engine has let go of it: what it still does would be in the next measurement."""
        deadline = time.monotonic() + 120
        while self.call("GET", f"/environments/{environment}")["status"] == "deploying":
            if time.monotonic() > deadline:
                raise Refused(f"environment {environment} is still being deployed after two minutes")
            time.sleep(0.2)
        self.call("DELETE", f"/environments/{environment}?abandon=true")


class RealCloud(Cloud):
    """A real Murano, started by tests/real-murano/up. Its list of requests leaves Keystone's out."""

    def __init__(self, state):
        self.log = state / "requests.log"
        super().__init__("Murano 16.0.0", state / "clouds.yaml", "live-demo")
        self.requests()

    def requests(self):
        """How many requests clients have sent since this was asked last."""
        lines = self.log.read_text().splitlines()
        new, self.seen = lines[getattr(self, "seen", 0):], len(lines)
        # The engine looks for the package of a class, and then fetches it.
        searches = ["catalog=True" in line for line in new]
        fetches = ["/download\t" in line and any(searches) for line in new]
        return len(new) - sum(searches) - sum(fetches)


class SandboxCloud(Cloud):
    """The sandbox in a process of its own. It counts logins, too."""

    def __init__(self, program, clouds):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        text = "".join(iter(self.process.stdout.readline, "\n"))
        clouds.write_text(text)
        super().__init__("sandbox", clouds, "sandbox")

    def requests(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def small_package(name, payload=0):
    """An archive with one class, and so many bytes that cannot be made smaller."""
    space, _, last = name.rpartition(".")
    manifest = (f"Format: MuranoPL/1.4\nType: Application\nFullName: {name}\nName: {last}\nDescription: One of many\n"
                f"Author: The murano-rs maintainers\nTags: [demo]\nClasses:\n  {name}: Class.yaml\n")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("manifest.yaml", manifest)
        opened.writestr("Classes/Class.yaml", f"Namespaces:\n  =: {space}\n  std: io.murano\nName: {last}\n"
                                              f"Extends: std:Application\n")
        if payload:
            block = bytes((number * 167 + 13) % 251 for number in range(1 << 20))
            with opened.open("Resources/payload", "w") as resource:
                for _ in range(payload >> 20):
                    resource.write(block)
    return archive.getvalue()


def zipped_folder(folder):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*")):
            opened.write(path, path.relative_to(folder))
    return archive.getvalue()
