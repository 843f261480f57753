"""What is measured: operations, and how each tool does them."""
import json
from dataclasses import dataclass, field

from cloud import small_package
from measure import Cost, Runner, median

LARGE = "com.example.large."
THIRTY = "com.example.thirty."
MIB = 1 << 20


@dataclass
class Tools:
    """Programs, and the variables they need for one cloud."""

    murano: str
    old: str
    bare: str
    cloud: object
    scratch: object
    ours: dict
    theirs: dict

    def runner(self, tool, memory=False):
        variables = self.theirs if tool.startswith("python") else self.ours
        return Runner(variables, self.scratch, memory)

    def write(self, name, content):
        path = self.scratch / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def curl(self, run, path, *options, accept="application/json"):
        """One request with the token; curl reads the answer as any client does."""
        return run("curl", "-sSf", "-H", f"X-Auth-Token: {self.cloud.token}", "-H", f"Accept: {accept}", *options,
                   f"{self.cloud.endpoint}/v1{path}")


@dataclass
class Operation:
    """Something every tool can do; `before` gives what a tool is told, `after` cleans up."""

    title: str
    rounds: int
    tools: dict
    before: object = lambda: None
    after: object = lambda _: None


@dataclass
class Row:
    operation: str
    service: str
    tool: str
    cost: Cost
    requests: int
    costs: list = field(default_factory=list)


def carry_out(operation, tools):
    """Rounds in which one tool follows the other, so that what else the machine does hits all of them."""
    rows = {tool: Row(operation.title, tools.cloud.title, tool, None, 0) for tool in operation.tools}
    for number in range(operation.rounds + 1):
        # Nobody always comes behind the same one.
        order = list(operation.tools.items())
        for tool, work in order[number % len(order):] + order[:number % len(order)]:
            given = operation.before()
            # The last round tells memory and requests, and no times.
            run = tools.runner(tool, memory=number == operation.rounds)
            tools.cloud.requests()
            work(run, given)
            rows[tool].requests = tools.cloud.requests()
            rows[tool].costs.append(run.cost)
            operation.after(given)
    for row in rows.values():
        row.cost = median(row.costs)
    return list(rows.values())


def env_list(tools):
    known, login = logins(tools)

    def curl_with_login(run, _):
        printed = run("curl", "-sSf", "-D", "-", "-H", "Content-Type: application/json", "-d",
                      f"@{tools.write('body.json', tools.cloud.login)}", f"{tools.cloud.auth_url}/auth/tokens")
        headers = dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line and "{" not in line)
        token = next(value for name, value in headers.items() if name.lower() == "x-subject-token").strip()
        run("curl", "-sSf", "-H", f"X-Auth-Token: {token}", "-H", "Accept: application/json",
            f"{tools.cloud.endpoint}/v1/environments")

    return Operation("`env list`", 15, {
        "murano": lambda run, _: run(tools.murano, "env", "list"),
        "murano, with a login": lambda run, _: run(tools.murano, "env", "list", "--no-cache"),
        "python-muranoclient": lambda run, _: run(tools.old, "environment-list"),
        "curl": lambda run, _: tools.curl(run, "/environments"),
        "curl, with a login": curl_with_login,
        "reqwest": lambda run, _: run(tools.bare, known, "get", "/environments"),
        "reqwest, with a login": lambda run, _: run(tools.bare, login, "get", "/environments"),
    })


def logins(tools):
    """The two files that tell the bare client who it is."""
    known = {"endpoint": tools.cloud.endpoint, "token": tools.cloud.token}
    login = {"auth_url": tools.cloud.auth_url, "body": tools.cloud.login}
    return tools.write("known.json", known), tools.write("login.json", login)


def package_list(tools):
    paths, found = tools.cloud.pages()
    known, _ = logins(tools)
    urls = "fail-early\n" + "".join(f'url = "{tools.cloud.endpoint}/v1{path}"\noutput = "/dev/null"\n' for path in paths)
    config = tools.write("pages.curl", f'header = "X-Auth-Token: {tools.cloud.token}"\n{urls}')
    return Operation(f"`package list`, {len(found) // 100 * 100:,} packages", 5, {
        "murano": lambda run, _: run(tools.murano, "package", "list"),
        "murano, with a login": lambda run, _: run(tools.murano, "package", "list", "--no-cache"),
        "python-muranoclient": lambda run, _: run(tools.old, "package-list"),
        "curl": lambda run, _: run("curl", "-sSf", "-K", config),
        "reqwest": lambda run, _: run(tools.bare, known, "get", *paths),
    })


def package_import(tools, title, rounds, prefix, files):
    known, _ = logins(tools)
    form = 'form = "__metadata__={\\"is_public\\": false}"\n'
    uploads = (f'url = "{tools.cloud.endpoint}/v1/catalog/packages"\nheader = "X-Auth-Token: {tools.cloud.token}"\n'
               f'header = "Expect:"\nfail\noutput = "/dev/null"\n{form}form = "file=@{file}"\n' for file in files)
    config = tools.write("uploads.curl", "next\n".join(uploads))
    return Operation(title, rounds, {
        "murano": lambda run, _: run(tools.murano, "package", "import", *files),
        "murano, with a login": lambda run, _: run(tools.murano, "package", "import", "--no-cache", *files),
        "python-muranoclient": lambda run, _: run(tools.old, "package-import", *files),
        "curl": lambda run, _: run("curl", "-sSf", "-K", config),
        "reqwest": lambda run, _: run(tools.bare, known, "upload", *files),
    }, before=lambda: tools.cloud.remove_packages(prefix))


def import_large(tools, mebibytes):
    file = tools.write("large.zip", small_package(f"{LARGE}Package", mebibytes * MIB))
    title = f"`package import`, one file of {mebibytes} MiB"
    return package_import(tools, title, 3, LARGE, [file])


def download_large(tools, mebibytes):
    tools.cloud.remove_packages(LARGE)
    package = tools.cloud.upload(small_package(f"{LARGE}Package", mebibytes * MIB))["id"]
    file = tools.scratch / "downloaded.zip"
    return Operation(f"`package download`, one file of {mebibytes} MiB", 3, {
        "murano": lambda run, _: run(tools.murano, "package", "download", package, file),
        "murano, with a login": lambda run, _: run(tools.murano, "package", "download", "--no-cache", package, file),
        "python-muranoclient": lambda run, _: run(tools.old, "package-download", package, file),
        "curl": lambda run, _: tools.curl(run, f"/catalog/packages/{package}/download", "-o", file,
                                          accept="application/octet-stream"),
    }, before=lambda: file.unlink(missing_ok=True))


def import_thirty(tools):
    names = [f"{THIRTY}Package{number:02}" for number in range(30)]
    files = [tools.write(f"{name}.zip", small_package(name)) for name in names]
    return package_import(tools, "`package import`, 30 packages", 3, THIRTY, files)


def deploy(tools):
    model = {"?": {"id": "5f0c1d2e3b4a59687786a5b4c3d2e1f0", "type": "com.example.Greeter"}, "name": "you"}
    file = tools.write("model.json", model)
    patch = tools.write("patch.json", [{"op": "add", "path": "/-", "value": model}])
    known, _ = logins(tools)

    def murano(run, environment, *options):
        session = run(tools.murano, "session", "create", environment, "-f", "value", "-c", "id", *options).strip()
        run(tools.murano, "app", "add", environment, "--model", file, "--no-check", "--session", session, *options)
        run(tools.murano, "env", "deploy", environment, "--session", session, *options)

    def old(run, environment):
        words = run(tools.old, "environment-session-create", environment).split()
        session = words[words.index("id") + 2]
        run(tools.old, "environment-apps-edit", "--session-id", session, environment, patch)
        run(tools.old, "environment-deploy", "--session-id", session, environment)

    def curl(run, environment):
        path = f"/environments/{environment}"
        session = json.loads(tools.curl(run, f"{path}/configure", "-X", "POST"))["id"]
        tools.curl(run, f"{path}/services", "-H", f"X-Configuration-Session: {session}",
                   "-H", "Content-Type: application/json", "-d", f"@{file}")
        tools.curl(run, f"{path}/sessions/{session}/deploy", "-X", "POST")

    return Operation("`session create`, `app add --no-check`, `env deploy`", 5, {
        "murano": murano,
        "murano, with a login": lambda run, environment: murano(run, environment, "--no-cache"),
        "python-muranoclient": old,
        "curl": curl,
        "reqwest": lambda run, environment: run(tools.bare, known, "deploy", environment, file),
    }, before=lambda: tools.cloud.create_environment("deployed"), after=tools.cloud.remove_environment)
