"""Keeps exchanges as JSON files that look the same however often they are recorded."""
import base64
import datetime
import json
import re

from wire import Form

ROUTES = """
GET    /environments
POST   /environments
GET    /environments/{e}
PUT    /environments/{e}
DELETE /environments/{e}
GET    /environments/{e}/lastStatus
GET    /environments/{e}/model/{path}
PATCH  /environments/{e}/model/
POST   /environments/{e}/configure
GET    /environments/{e}/sessions/{s}
DELETE /environments/{e}/sessions/{s}
POST   /environments/{e}/sessions/{s}/deploy
GET    /environments/{e}/services
GET    /environments/{e}/services/{path}
POST   /environments/{e}/services
POST   /environments/{e}/services/{path}
PUT    /environments/{e}/services
PUT    /environments/{e}/services/{path}
DELETE /environments/{e}/services
DELETE /environments/{e}/services/{path}
GET    /environments/{e}/deployments
GET    /environments/{e}/deployments/{d}
GET    /deployments
POST   /environments/{e}/actions/{action_id}
GET    /environments/{e}/actions/{task_id}
POST   /actions
GET    /schemas/{class}
GET    /schemas/{class}/{methods}
GET    /templates
POST   /templates
GET    /templates/{t}
PUT    /templates/{t}
DELETE /templates/{t}
POST   /templates/{t}/create-environment
POST   /templates/{t}/clone
GET    /templates/{t}/services
GET    /templates/{t}/services/{path}
POST   /templates/{t}/services
PUT    /templates/{t}/services/{path}
DELETE /templates/{t}/services/{path}
GET    /catalog/packages
POST   /catalog/packages
GET    /catalog/packages/{p}
PATCH  /catalog/packages/{p}
DELETE /catalog/packages/{p}
GET    /catalog/packages/{p}/ui
GET    /catalog/packages/{p}/logo
GET    /catalog/packages/{p}/supplier_logo
GET    /catalog/packages/{p}/download
GET    /catalog/categories
GET    /catalog/categories/{c}
POST   /catalog/categories
DELETE /catalog/categories/{c}
GET    /environments/{e}/instance-statistics/raw
GET    /environments/{e}/instance-statistics/raw/{i}
GET    /environments/{e}/instance-statistics/aggregated
GET    /stats
"""

KEPT_HEADERS = ("Content-Type", "X-Openstack-Request-Id", "Www-Authenticate", "Connection")
# The server has no order for these.
UNORDERED = ("tags", "categories", "class_definitions")


IMAGE_ROUTES = """
GET    /images
POST   /images
GET    /images/{i}
PATCH  /images/{i}
DELETE /images/{i}
PUT    /images/{i}/file
"""


def pattern(route, version):
    """A route such as "GET /templates/{t}" as an expression over "METHOD PATH"."""
    method, path = route.split()
    for name in re.findall(r"\{\w+\}", path):
        # A path reaches into a model and has slashes of its own.
        path = path.replace(name, ".*" if name == "{path}" else "[^/]+")
    return re.compile(f"{method} /{version}{path}")


class Tape:
    """The recordings of one run."""

    def __init__(self, folder, site, home, routes=ROUTES, version="v1"):
        self.folder = folder
        self.routes = {" ".join(line.split()): pattern(line, version) for line in routes.strip().splitlines()}
        self.recorded = {}
        self.fixed = [
            # Both may be at one address, so the longer one comes first.
            (re.escape(site.keystone.geturl()), "http://keystone.example:5000/v3"),
            (re.escape(f"http://{site.murano.netloc}"), "http://murano.example:8082"),
            (re.escape(f"http://{site.glance.netloc}"), "http://glance.example:9292"),
            (r"(/[\w.+-]+)+/site-packages/", "/usr/lib/python3/site-packages/"),
            (re.escape(f"{home}/state/murano"), "/var/lib/murano"),
            (r"/tmp/tmp\w+", "/upload"),
            (r"\b0x[0-9a-f]{8,}\b", "0x0"),
        ]

    def keep(self, name, exchange, note=None):
        """Record an exchange under a name; hands it back."""
        if name in self.recorded:
            raise ValueError(f"two recordings are named {name}")
        request = {
            "method": exchange.method,
            "path": exchange.path,
            "caller": exchange.caller,
            "headers": {k: "<token>" if k == "X-Auth-Token" else v for k, v in exchange.sent_headers.items()},
        }
        if exchange.sent is not None:
            request["body"] = shown_form(exchange.sent) if isinstance(exchange.sent, Form) else exchange.sent
        lowered = {key.lower(): value for key, value in exchange.headers.items()}
        headers = {key: lowered[key.lower()] for key in KEPT_HEADERS if key.lower() in lowered}
        case = {
            "route": self.route_of(exchange),
            "request": request,
            "response": {"status": exchange.status, "headers": headers, **shown_body(exchange.content)},
        }
        if note:
            case["note"] = note
        self.recorded[name] = Tidy(self.fixed).apply(case)
        return exchange

    def route_of(self, exchange):
        asked = f"{exchange.method} {exchange.path.split('?')[0]}"
        return next((route for route, expression in self.routes.items() if expression.fullmatch(asked)), None)

    def unreached(self):
        """Routes without a successful recording."""
        reached = {case["route"] for case in self.recorded.values() if case["response"]["status"] < 300}
        return [route for route in self.routes if route not in reached]

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.json"):
            old.unlink()
        for name, case in self.recorded.items():
            text = json.dumps(case, indent=1, ensure_ascii=False)
            (self.folder / f"{name}.json").write_text(text + "\n")


def shown_form(form):
    parts = []
    for name, file_name, content in form.parts:
        part = {"name": name}
        if file_name:
            part["filename"] = file_name
        part["data"] = f"<{len(content)} bytes>" if file_name else content.decode()
        parts.append(part)
    return {"multipart": parts}


def shown_body(content):
    """The body as JSON where it is JSON; "body_is" says what it is otherwise."""
    if not content:
        return {"body": None, "body_is": "empty"}
    try:
        return {"body": json.loads(content)}
    except ValueError:
        pass
    try:
        return {"body": content.decode(), "body_is": "text"}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(content).decode(), "body_is": "base64"}


class Tidy:
    """Replaces what differs from run to run: ids, times, addresses, server paths, Python frames."""

    ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
    UUID = re.compile(r"(?<!req-)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
    REQUEST = re.compile(r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    TIME = re.compile(r"(20\d\d-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d{6})?")

    def __init__(self, fixed):
        self.fixed = [(re.compile(old), new) for old, new in fixed]
        self.ids, self.uuids, self.times = {}, {}, {}

    def apply(self, case):
        text = json.dumps(case, ensure_ascii=False)
        moments = sorted({f"{day}T{clock}" for day, _, clock, _ in self.TIME.findall(text)})
        start = datetime.datetime(2026, 1, 2, 3, 4, 5)
        self.times = {m: start + datetime.timedelta(seconds=10 * n) for n, m in enumerate(moments)}
        return self.value(case)

    def value(self, value, key=None):
        if isinstance(value, dict):
            # The order of members means nothing; a fixed one keeps the files comparable.
            keys = value if key is None or key in ("request", "response") else sorted(value)
            return {self.text(k): self.member(k, value[k]) for k in keys}
        if isinstance(value, list):
            values = [self.value(item, key or "") for item in value]
            return sorted(values) if key in UNORDERED and all(isinstance(v, str) for v in values) else values
        return self.text(value) if isinstance(value, str) else value

    def member(self, key, value):
        if key == "host" and isinstance(value, str):
            return "murano-host"
        if key == "checksum":
            # No id, though it looks like one.
            return value
        return self.value(value, key)

    def text(self, text):
        text = shortened(text)
        for old, new in self.fixed:
            text = old.sub(new, text)
        text = self.REQUEST.sub("req-00000000-0000-0000-0000-000000000000", text)
        text = self.UUID.sub(self.uuid, text)
        text = self.ID.sub(lambda found: self.ids.setdefault(found[0], f"{0xa001 + len(self.ids):04x}" * 8), text)
        return self.TIME.sub(self.moment, text)

    def uuid(self, found):
        digits = f"{0xa001 + len(self.uuids):04x}"
        return self.uuids.setdefault(found[0], "-".join(digits * times for times in (2, 1, 1, 1, 3)))

    def moment(self, found):
        day, between, clock, fraction = found.groups()
        moment = self.times[f"{day}T{clock}"]
        return moment.strftime(f"%Y-%m-%d{between}%H:%M:%S") + (".000000" if fraction else "")


def shortened(text):
    """Cut a Python traceback; one through MuranoPL files only tells about the package and stays."""
    head, mark, frames = text.partition("Traceback (most recent call last):")
    return f"{head}{mark}\n<omitted>" if mark and '.py"' in frames else text
