"""Gives the services what they need around them: settings, accounts, libraries, a clouds.yaml.

Usage: provision.py settings|accounts|libraries|clients STATE KEYSTONE_PORT MURANO_PORT GLANCE_PORT VENV
Every step may be repeated: it changes only what differs.
"""
import io
import json
import os
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile

REGION = "RegionOne"
# Name, password and project of each account; tests and documentation know them by these words.
ACCOUNTS = [
    ("admin", "secret", "admin"),
    ("demo", "demo", "demo"),
    ("alt", "alt", "alt"),
    ("demo2", "demo2", "demo"),
]

KEYSTONE_CONF = """\
[database]
# Two workers share the file: one may have to wait for the other.
connection = sqlite:///{state}/keystone/keystone.db?timeout=30
[identity]
# The passwords are public; hashing them properly would take most of the time of a test.
password_hash_rounds = 4
[token]
provider = fernet
expiration = {token_seconds}
[auth]
# The usual ones, and one-time passcodes.
methods = external,password,token,oauth1,mapped,application_credential,totp
[fernet_tokens]
key_repository = {state}/keystone/fernet
[cache]
enabled = false
"""

SERVICE_ACCOUNT = """\
auth_type = password
auth_url = {keystone}
www_authenticate_uri = {keystone}
username = {name}
password = secret
project_name = service
user_domain_id = default
project_domain_id = default
"""

MURANO_CONF = """\
[DEFAULT]
bind_host = 127.0.0.1
bind_port = {murano_port}
transport_url = fake://
# Calls of static methods wait for an engine that deploys for others, too.
rpc_response_timeout = 300
[database]
# One process: whoever holds the lock cannot let go while another waits, so waiting is in vain.
connection = sqlite:///{state}/murano/murano.db?timeout=1
[paste_deploy]
config_file = {paste}
flavor =
[keystone_authtoken]
{account}service_token_roles_required = false
[murano_auth]
{account}[murano]
url = {murano}
package_size_limit = {package_mib}
[oslo_messaging_notifications]
# Carries the reports of the engine to the API.
driver = messagingv2
[engine]
use_trusts = false
packages_cache = {state}/murano/cache
[oslo_policy]
policy_file = {state}/murano/policy.yaml
"""

GLANCE_CONF = """\
[DEFAULT]
# Small, so that a test may exceed it.
image_size_cap = {image_bytes}
enabled_import_methods = []
node_staging_uri = file://{state}/glance/staging
transport_url = fake://
[database]
connection = sqlite:///{state}/glance/glance.db?timeout=30
[glance_store]
stores = file
default_store = file
filesystem_store_datadir = {state}/glance/images
[paste_deploy]
config_file = {paste}
flavor = keystone
[keystone_authtoken]
{account}service_token_roles_required = false
[oslo_policy]
policy_file = {state}/glance/policy.yaml
"""


class Site:
    """Where things are."""

    def __init__(self, state, keystone_port, murano_port, glance_port, venv):
        self.state = pathlib.Path(state)
        self.keystone = f"http://127.0.0.1:{keystone_port}/v3"
        self.murano = f"http://127.0.0.1:{murano_port}"
        self.murano_port = murano_port
        self.glance = f"http://127.0.0.1:{glance_port}"
        self.venv = pathlib.Path(venv)
        self.meta = self.venv / "src/meta"

    def account(self, name):
        return SERVICE_ACCOUNT.format(keystone=self.keystone, name=name)


def call(method, url, body=None, token=None, content_type="application/json"):
    """Send a request; return status, headers and the decoded body. Only a refused connection raises."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, data=body, method=method)
    request.add_header("Accept", "application/json")
    if body is not None:
        request.add_header("Content-Type", content_type)
    if token:
        request.add_header("X-Auth-Token", token)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            status, headers, content = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        status, headers, content = refusal.code, refusal.headers, refusal.read()
    return status, headers, json.loads(content) if content[:1] in (b"{", b"[") else content


def admin_token(site):
    status, headers, body = call("POST", f"{site.keystone}/auth/tokens", {"auth": {
        "identity": {"methods": ["password"], "password": {
            "user": {"name": "admin", "domain": {"id": "default"}, "password": "secret"}}},
        "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}})
    if status != 201:
        sys.exit(f"keystone refuses the administrator: {status} {body}")
    return headers["X-Subject-Token"]


class Directory:
    """Keystone's records, made where they are missing."""

    def __init__(self, site):
        self.site = site
        self.token = admin_token(site)

    def ask(self, method, path, body=None):
        url = f"{self.site.keystone}{path}"
        status, _, answer = call(method, url, body, self.token)
        if status == 401:
            # With a small TOKEN_SECONDS the token does not last for all of it.
            self.token = admin_token(self.site)
            status, _, answer = call(method, url, body, self.token)
        if status >= 300:
            sys.exit(f"keystone: {method} {path}: {status} {answer}")
        return answer

    def ensure(self, kind, name, **fields):
        known = self.ask("GET", f"/{kind}s?" + urllib.parse.urlencode({"name": name}))[f"{kind}s"]
        if known:
            return known[0]["id"]
        return self.ask("POST", f"/{kind}s", {kind: {"name": name, **fields}})[kind]["id"]

    def grant(self, role, user, project):
        self.ask("PUT", f"/projects/{project}/users/{user}/roles/{role}")

    def publish(self, service, url):
        """List one address of a service for each interface; a moved service gets its new one."""
        listed = {e["interface"]: e for e in self.ask("GET", f"/endpoints?service_id={service}")["endpoints"]}
        for interface in ("public", "internal", "admin"):
            entry = listed.get(interface)
            if entry is None:
                self.ask("POST", "/endpoints", {"endpoint": {
                    "service_id": service, "interface": interface, "region_id": REGION, "url": url}})
            elif entry["url"] != url:
                self.ask("PATCH", f"/endpoints/{entry['id']}", {"endpoint": {"url": url}})


def settings(site):
    package_mib = os.environ.get("PACKAGE_MIB", "5")
    token_seconds = os.environ.get("TOKEN_SECONDS", "3600")
    image_mib = int(os.environ.get("IMAGE_MIB", "8"))
    for part in ("keystone/fernet", "murano", "glance/images"):
        (site.state / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    (site.state / "keystone/keystone.conf").write_text(
        KEYSTONE_CONF.format(state=site.state, token_seconds=token_seconds))
    (site.state / "murano/murano.conf").write_text(MURANO_CONF.format(
        state=site.state, murano=site.murano, murano_port=site.murano_port, package_mib=package_mib,
        paste=site.venv / "src/etc/murano/murano-paste.ini",
        account=site.account("murano")))
    (site.state / "glance/glance-api.conf").write_text(GLANCE_CONF.format(
        state=site.state, image_bytes=image_mib * 1024 * 1024,
        paste=site.venv / "etc/glance/glance-api-paste.ini", account=site.account("glance")))
    # Glance reads it from the folder of its settings.
    (site.state / "glance/glance-api-paste.ini").write_bytes(
        (site.venv / "etc/glance/glance-api-paste.ini").read_bytes())
    for part in ("murano", "glance"):
        (site.state / part / "policy.yaml").write_text("{}\n")


def accounts(site):
    directory = Directory(site)
    roles = {name: directory.ensure("role", name) for name in ("admin", "member", "service")}
    for name, password, project_name in ACCOUNTS:
        project = directory.ensure("project", project_name, domain_id="default")
        user = directory.ensure("user", name, password=password, domain_id="default")
        directory.grant(roles["admin" if name == "admin" else "member"], user, project)
    project = directory.ensure("project", "service", domain_id="default")
    for name in ("murano", "glance"):
        user = directory.ensure("user", name, password="secret", domain_id="default")
        directory.grant(roles["admin"], user, project)
        directory.grant(roles["service"], user, project)
    directory.publish(directory.ensure("service", "keystone", type="identity"), site.keystone)
    directory.publish(directory.ensure("service", "murano", type="application-catalog"), site.murano)
    directory.publish(directory.ensure("service", "glance", type="image"), site.glance)


def archived(folder):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(folder))
    return content.getvalue()


def form(parts):
    """Encode (name, file name or None, bytes) triples as multipart/form-data."""
    boundary = uuid.uuid4().hex
    lines = []
    for name, file_name, content in parts:
        also = f'; filename="{file_name}"' if file_name else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{also}\r\n\r\n'
        lines += [head.encode(), content, b"\r\n"]
    lines.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(lines)


def libraries(site):
    for manifest in sorted(site.meta.glob("*/manifest.yaml")):
        content_type, body = form([
            ("__metadata__", None, b'{"is_public": true}'),
            ("file", f"{manifest.parent.name}.zip", archived(manifest.parent))])
        status, _, answer = call("POST", f"{site.murano}/v1/catalog/packages", body, admin_token(site), content_type)
        # 409: it was there before.
        if status not in (200, 409):
            sys.exit(f"murano refuses the library {manifest.parent.name}: {status} {answer}")


def clients(site):
    clouds = ["clouds:"]
    for name, password, project in ACCOUNTS:
        clouds += [
            f"  live-{name}:",
            f"    region_name: {REGION}",
            "    auth:",
            f"      auth_url: {site.keystone}",
            f"      username: {name}",
            f"      password: {password}",
            f"      project_name: {project}",
            "      user_domain_id: default",
            "      project_domain_id: default",
        ]
    (site.state / "clouds.yaml").write_text("\n".join(clouds) + "\n")
    (site.state / "openrc").write_text(f"""\
# Usage: . openrc [USER [PASSWORD [PROJECT]]]; each defaults to the one before, the first to demo.
export OS_USERNAME="${{1:-demo}}"
export OS_PASSWORD="${{2:-$OS_USERNAME}}"
export OS_PROJECT_NAME="${{3:-$OS_USERNAME}}"
export OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default
export OS_AUTH_URL={site.keystone} OS_IDENTITY_API_VERSION=3 OS_REGION_NAME={REGION}
""")


if __name__ == "__main__":
    step, arguments = sys.argv[1], sys.argv[2:]
    {"settings": settings, "accounts": accounts, "libraries": libraries, "clients": clients}[step](Site(*arguments))
