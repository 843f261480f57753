"""What the Python clients are asked to do, and what they must say."""
import json
import pathlib
import uuid
import zipfile

PACKAGES = pathlib.Path(__file__).resolve().parents[1] / "data/packages"
GREETER = "com.example.Greeter"
UNKNOWN = "0123456789abcdef0123456789abcdef"
# What `murano environment-show` prints, in this order.
SHOWN = ["acquired_by", "created", "description_text", "id", "name", "services", "status", "tenant_id", "updated",
         "version"]


def greeter(name, size=2):
    return {"?": {"id": uuid.uuid4().hex, "type": GREETER}, "name": name, "size": size}


def names(run, column="Name"):
    return [row[column] for row in run.rows]


def values(run, column="Name"):
    """The same from JSON."""
    return [row[column] for row in run.json]


def murano_environments(lane):
    murano = lane.murano
    murano("package-import", PACKAGES / "greeter", holds=lambda it: names(it, "FQN") == [GREETER],
           title="murano package-import of a folder")
    made = murano("environment-create", "shop",
                  holds=lambda it: (it.rows[0]["Name"], it.rows[0]["Status"]) == ("shop", "ready"))
    shop = made.rows[0]["ID"]
    murano("environment-list", holds=lambda it: made.rows[0] in it.rows)
    murano("environment-show", "shop", holds=lambda it: list(it.fields) == SHOWN and it.fields["id"] == shop)
    murano("environment-rename", "shop", "store", holds=lambda it: names(it) == ["store"])
    murano("environment-show", "shop", code=1, holds=lambda it: "Environment shop not found" in it.err)
    murano("environment-create", "store", code=1, holds=lambda it: "409" in it.err and "already exists" in it.err)
    session = murano("environment-session-create", shop, holds=lambda it: list(it.fields) == ["id"]).fields["id"]
    ann = greeter("Ann")
    patch = lane.file("patch.json", [{"op": "add", "path": "/-", "value": ann}])
    murano("environment-apps-edit", shop, patch, "--session-id", session, holds=lambda it: it.out == "")
    murano("environment-show", shop, "--session-id", session, "--only-apps",
           holds=lambda it: [app["name"] for app in it.json] == ["Ann"])
    murano("environment-model-show", shop, "--session-id", session, "--path", "/services/0/name",
           holds=lambda it: it.json == "Ann")
    patch = lane.file("model.json", [{"op": "replace", "path": "/name", "value": "market"}])
    murano("environment-model-edit", shop, patch, "--session-id", session, holds=lambda it: it.json["name"] == "market")
    murano("environment-show", shop, holds=lambda it: it.fields["status"] == "pending")
    murano("environment-deploy", shop, "--session-id", session, holds=lambda it: it.fields["status"] == "deploying")
    murano("environment-show", shop, tries=30, title="murano environment-show until it is ready",
           holds=lambda it: it.fields["status"] == "ready" and it.fields["version"] == "1")
    murano("environment-deploy", shop, "--session-id", session, code=1,
           holds=lambda it: "403" in it.err and "is invalid" in it.err, title="murano environment-deploy again: 403")
    murano("deployment-list", shop, holds=lambda it: names(it, "State") == ["success"])
    murano("deployment-list", "--all-environments", holds=lambda it: "success" in names(it, "State"))
    murano("app-show", shop, holds=lambda it: it.rows[0]["Id"] == ann["?"]["id"] and GREETER in it.rows[0]["Type"])
    murano("app-show", shop, "-p", ann["?"]["id"], holds=lambda it: it.fields["name"] == '"Ann"')
    murano("environment-model-show", shop,
           holds=lambda it: {"?", "defaultNetworks", "name", "region", "services"} <= set(it.json))
    murano("environment-model-show", shop, "--path", "/nope", code=1, holds=lambda it: "404" in it.err)
    murano_actions(lane, shop, ann["?"]["id"])
    murano("environment-delete", shop, holds=lambda it: "Failed" not in it.out)
    murano("environment-list", tries=30, title="murano environment-list until it is gone",
           holds=lambda it: shop not in names(it, "ID"))
    murano("environment-delete", UNKNOWN, code=1, holds=lambda it: "Unable to find and delete any" in it.err)
    other = murano("environment-create", "other", holds=lambda it: names(it) == ["other"]).rows[0]["ID"]
    murano("environment-delete", "--abandon", "other", holds=lambda it: other not in it.out)


def murano_actions(lane, shop, app):
    murano = lane.murano

    def result(method, *arguments, said):
        options = ("--arguments", *arguments) if arguments else ()
        called = murano("environment-action-call", shop, "--action-id", f"{app}_{method}", *options,
                        holds=lambda it: it.out.startswith("Created task, id: "), title=f"murano environment-action-call {method}")
        murano("environment-action-get-result", shop, "--task-id", called.out.split()[-1], tries=30,
               title=f"murano environment-action-get-result {method}", holds=lambda it: said in it.out)

    result("echo", "text=hey", said="Task id result: {'result': 'hey', 'isException': False}")
    result("refuse", said="nobody is there to greet")
    murano("environment-action-call", shop, "--action-id", f"{app}_nope", code=1,
           holds=lambda it: "Action is not found" in it.err, title="murano environment-action-call of none: 404")
    murano("environment-action-get-result", shop, "--task-id", UNKNOWN, code=1, holds=lambda it: "was not found" in it.err)
    murano("static-action-call", GREETER, "greeting", "--arguments", "name=Zed",
           holds=lambda it: it.out == "Waiting for result...\nStatic action result: Hello, Zed!")
    murano("static-action-call", GREETER, "greeting", holds=lambda it: "null value violates notNull() contract" in it.out)
    murano("class-schema", GREETER, holds=lambda it: set(it.json) == {"", "crowd"})
    murano("class-schema", GREETER, "crowd", holds=lambda it: list(it.json["crowd"]["properties"]) == ["people"])
    murano("class-schema", "com.example.Nobody", code=1,
           holds=lambda it: "Package for class" in it.err and "is not found" in it.err)


def murano_packages(lane):
    murano, phrases = lane.murano, "com.example.phrases"
    library = lane.zipped(PACKAGES / "library", "library.zip")
    made = murano("package-import", library, holds=lambda it: names(it, "FQN") == [phrases],
                  title="murano package-import of an archive")
    package = made.rows[0]["ID"]
    murano("package-import", library, "--exists-action", "s",
           holds=lambda it: "already registered" in it.out and "Skipping." in it.out and "+" not in it.out)
    murano("package-import", library, "--exists-action", "a", holds=lambda it: "Exiting." in it.out)
    murano("package-list", "--owned", "--fqn", phrases, holds=lambda it: it.rows == made.rows)
    murano("package-list", "--limit", "1", "--type", "Library", holds=lambda it: len(it.rows) == 1)
    murano("package-list", "--search", "phrases", "--class_name", f"{phrases}.Farewell",
           holds=lambda it: names(it, "ID") == [package])
    murano("package-show", package,
           holds=lambda it: it.fields["fully_qualified_name"] == phrases and "Farewell" in it.fields["class_definitions"])
    murano("package-update", package, "--name", "Words", "--enabled", "false", "--tags", "a", "b",
           holds=lambda it: it.fields["name"] == "Words" and set(it.fields["tags"].split(", ")) == {"a", "b"})
    murano("package-list", "--owned", holds=lambda it: package not in names(it, "ID"))
    murano("package-list", "--owned", "--include-disabled", holds=lambda it: package in names(it, "ID"))
    murano("package-update", package, "--is-public", "true", code=1, holds=lambda it: "403" in it.err)
    murano("package-update", package, "--enabled", "true", holds=lambda it: it.fields["enabled"] == "True")
    copy = lane.scratch / "copy.zip"
    murano("package-download", package, copy, holds=lambda it: copy.read_bytes() == library.read_bytes())
    again = murano("package-import", library, "--exists-action", "u",
                   holds=lambda it: f"Deleting package {phrases}({package})" in it.out and it.rows[0]["ID"] != package)
    murano("package-show", package, code=1, holds=lambda it: f"Package {package} not found" in it.err)
    package = again.rows[0]["ID"]
    murano("package-delete", package, holds=lambda it: f"Deleted package '{package}'" in it.out)
    murano("package-list", "--marker", UNKNOWN, code=1, holds=lambda it: "404" in it.err)
    hot = lane.scratch / "hot.zip"
    murano("package-create", "-t", PACKAGES / "hot/template.yaml", "-o", hot, "-n", "Pile", "-f", "com.example.Pile",
           holds=lambda it: "Application package is available at" in it.out)
    pile = murano("package-import", hot, holds=lambda it: names(it, "FQN") == ["com.example.Pile"],
                  title="murano package-import of a Heat template").rows[0]["ID"]
    murano("package-delete", pile, holds=lambda it: "Deleted package" in it.out)


def murano_catalog(lane):
    """Categories and public packages, by the administrator."""
    murano, category = lane.murano, "Example of murano"
    made = murano("category-create", category, holds=lambda it: names(it) == [category])
    first = made.rows[0]["ID"]
    murano("category-list", holds=lambda it: made.rows[0] in it.rows and "Load Balancers" in names(it))
    murano("category-create", category, code=1, holds=lambda it: "409" in it.err)
    murano("category-create", "x" * 81, code=1, holds=lambda it: "should be 80 characters maximum" in it.err,
           title="murano category-create with a long name: 400")
    murano("category-create", "Example of demo", who="demo", code=1, holds=lambda it: "403" in it.err)
    package = murano("package-import", PACKAGES / "failing", "--is-public", "--categories", category,
                     holds=lambda it: it.rows[0]["Is Public"] == "True").rows[0]["ID"]
    murano("category-show", first, holds=lambda it: list(it.fields) == ["id", "name", "packages"]
           and it.fields["packages"] == "Failing")
    murano("category-delete", first, code=1, holds=lambda it: "403" in it.err, title="murano category-delete in use: 403")
    murano("package-list", "--category", category, who="alt", holds=lambda it: names(it, "ID") == [package])
    murano("package-delete", package, who="alt", code=1, holds=lambda it: "403" in it.err)
    murano("package-delete", package, holds=lambda it: "Deleted package" in it.out)
    murano("category-show", UNKNOWN, holds=lambda it: f"Category id '{UNKNOWN}' not found" in it.out)
    murano("category-delete", first, holds=lambda it: category not in names(it))
    murano("category-delete", first, code=1, holds=lambda it: "category not found" in it.out
           and "Unable to find and delete any" in it.err)
    murano("environment-list", "--all-tenants", holds=lambda it: it.out.startswith("+"))
    murano("environment-list", "--all-tenants", who="alt", code=1, holds=lambda it: "403" in it.err)


def murano_templates(lane):
    murano = lane.murano
    made = murano("env-template-create", "plan", "--is-public", holds=lambda it: names(it) == ["plan"])
    plan = made.rows[0]["ID"]
    murano("env-template-create", "plan", code=1, holds=lambda it: "409" in it.err)
    murano("env-template-list", holds=lambda it: made.rows[0] in it.rows)
    ann, bob = greeter("Ann"), greeter("Bob")
    murano("env-template-add-app", plan, lane.file("apps.json", [ann, bob]),
           holds=lambda it: [app["name"] for app in json.loads(it.fields["services"])] == ["Ann", "Bob"])
    murano("env-template-del-app", plan, bob["?"]["id"],
           holds=lambda it: [app["name"] for app in json.loads(it.fields["services"])] == ["Ann"])
    murano("env-template-del-app", plan, UNKNOWN, code=1, holds=lambda it: "does not exist" in it.err)
    murano("env-template-show", plan, holds=lambda it: it.fields["name"] == "plan" and it.fields["is_public"] == "True"
           and set(it.fields) == set(SHOWN) - {"acquired_by", "status"} | {"is_public"})
    murano("env-template-update", plan, "scheme", holds=lambda it: names(it) == ["scheme"])
    murano("env-template-clone", plan, "copy", who="alt", holds=lambda it: it.fields["name"] == "copy")
    new = murano("env-template-create-env", plan, "from-template",
                 holds=lambda it: set(it.fields) == {"environment_id", "session_id"}).fields
    murano("environment-show", new["environment_id"], "--session-id", new["session_id"], "--only-apps",
           holds=lambda it: [app["name"] for app in it.json] == ["Ann"])
    murano("environment-delete", "--abandon", "from-template", holds=lambda it: new["environment_id"] not in it.out)
    murano("env-template-show", UNKNOWN, code=1, holds=lambda it: f"Environment template {UNKNOWN} not found" in it.err)
    murano("env-template-delete", plan, holds=lambda it: plan not in names(it, "ID"))
    murano("env-template-delete", plan, code=1, holds=lambda it: "environment template not found" in it.err)


def plugin_environments(lane):
    openstack = lane.openstack
    openstack("package", "import", PACKAGES / "greeter", "--murano-repo-url", "http://127.0.0.1:9/", "-f", "json",
              holds=lambda it: values(it, "Fully_qualified_name") == [GREETER])
    shop = openstack("environment", "create", "shop", "-f", "json",
                     holds=lambda it: values(it) == ["shop"]).json[0]["Id"]
    openstack("environment", "list", "-f", "json", holds=lambda it: "shop" in values(it))
    openstack("environment", "rename", "shop", "store", "-f", "json", holds=lambda it: values(it) == ["store"])
    session = openstack("environment", "session", "create", shop, "-f", "value", "-c", "id",
                        holds=lambda it: len(it.out.strip()) == 32).out.strip()
    ann = greeter("Ann")
    patch = lane.file("patch.json", [{"op": "add", "path": "/-", "value": ann}])
    openstack("environment", "apps", "edit", shop, patch, "--session-id", session, holds=lambda it: it.out == "")
    patch = lane.file("model.json", [{"op": "replace", "path": "/name", "value": "market"}])
    openstack("environment", "model", "edit", shop, patch, "--session-id", session, "-f", "json",
              holds=lambda it: it.json["name"] == "market")
    openstack("environment", "model", "show", shop, "--session-id", session, "-f", "json",
              holds=lambda it: it.json["services"][0]["name"] == "Ann")
    openstack("environment", "deploy", shop, "--session-id", session, "-f", "json",
              holds=lambda it: it.json["status"] == "deploying")
    openstack("environment", "show", "store", "-f", "json", tries=30, title="openstack environment show until it is ready",
              holds=lambda it: it.json["status"] == "ready" and it.json["version"] == 1)
    openstack("environment", "show", shop, "--only-apps", "-f", "json",
              holds=lambda it: json.loads(it.json["services"])[0]["greeted"] == 2)
    openstack("deployment", "list", shop, "-f", "json", holds=lambda it: values(it, "State") == ["success"])
    openstack("static-action", "call", GREETER, "greeting", "--arguments", "name=Zed", "-f", "json",
              holds=lambda it: it.json == {"Static action result": "Hello, Zed!"})
    openstack("class-schema", GREETER, "-f", "json", holds=lambda it: set(it.json) == {"", "crowd"})
    openstack("environment", "show", "nope", code=1, holds=lambda it: "No environment with a name or ID of 'nope'" in it.err)
    openstack("environment", "delete", "--abandon", shop, "-f", "json", holds=lambda it: shop not in it.out)


def plugin_catalog(lane):
    openstack, versioned = lane.openstack, "com.example.Versioned"
    archive = lane.zipped(PACKAGES / "versioned", "versioned.zip")
    package = openstack("package", "import", archive, "--murano-repo-url", "http://127.0.0.1:9/", "-f", "json",
                        holds=lambda it: values(it, "Fully_qualified_name") == [versioned]).json[0]["Id"]
    openstack("package", "list", "--owned", "-f", "json", holds=lambda it: package in values(it, "Id"))
    openstack("package", "show", package, "-f", "json", holds=lambda it: it.json["fully_qualified_name"] == versioned)
    openstack("package", "update", package, "--name", "Other", "--tags", "a", "-f", "json",
              holds=lambda it: it.json["name"] == "Other" and json.loads(it.json["tags"]) == ["a"])
    copy = lane.scratch / "copy.zip"
    openstack("package", "download", package, copy, holds=lambda it: zipfile.ZipFile(copy).testzip() is None)
    openstack("package", "delete", package, "-f", "json", holds=lambda it: package not in it.out)
    openstack("package", "show", package, code=1, holds=lambda it: f"Package with id {package} not found" in it.err)
    category = openstack("category", "create", "Example of openstack", "-f", "json", who="admin",
                         holds=lambda it: values(it) == ["Example of openstack"]).json[0]["ID"]
    openstack("category", "list", "-f", "json", holds=lambda it: category in values(it, "ID"))
    openstack("category", "show", category, "-f", "json", holds=lambda it: set(it.json) == {"id", "name", "packages"})
    openstack("category", "delete", category, "-f", "json", who="admin", holds=lambda it: category not in it.out)


def identity(lane):
    openstack = lane.openstack
    for noun in ("user", "project"):
        openstack(noun, "list", "-f", "json", holds=lambda it: {"admin", "demo", "alt"} <= set(values(it)))
    openstack("role", "list", "-f", "json", holds=lambda it: {"admin", "member"} <= set(values(it)))
    openstack("service", "list", "-f", "json", holds=lambda it: {"identity", "application-catalog"} <= set(values(it, "Type")))
    openstack("endpoint", "list", "--service", "application-catalog", "-f", "json",
              holds=lambda it: "public" in values(it, "Interface"))
    openstack("catalog", "list", "-f", "json", holds=lambda it: "murano" in values(it))
    openstack("domain", "list", "-f", "json", holds=lambda it: "default" in values(it, "ID"))
    openstack("region", "list", "-f", "json", holds=lambda it: values(it, "Region") == ["RegionOne"])
    project = openstack("project", "create", "guests", "-f", "json", holds=lambda it: it.json["name"] == "guests").json["id"]
    user = openstack("user", "create", "guest", "--password", "guest", "--project", "guests", "-f", "json",
                     holds=lambda it: it.json["name"] == "guest" and "password" not in it.json).json["id"]
    openstack("role", "add", "--user", "guest", "--project", "guests", "member", holds=lambda it: it.out == "")
    openstack("role", "assignment", "list", "--user", "guest", "--project", "guests", "--names", "-f", "json",
              holds=lambda it: values(it, "Role") == ["member"])
    guest = lane.cloud.environment("demo") | {"OS_USERNAME": "guest", "OS_PASSWORD": "guest", "OS_PROJECT_NAME": "guests"}
    openstack("environment", "list", "-f", "json", variables=guest, title="openstack environment list by a new user",
              holds=lambda it: it.json == [])
    openstack("user", "list", code=1, variables=guest, title="openstack user list by a new user: 403",
              holds=lambda it: "not authorized to perform the requested action: identity:list_users" in it.err)
    openstack("user", "delete", user, holds=lambda it: it.out == "")
    openstack("project", "delete", project, holds=lambda it: it.out == "")
    openstack("environment", "list", code=1, variables=guest, title="openstack environment list by a deleted user: 401",
              holds=lambda it: "HTTP 401" in it.err)


def credentials(lane):
    openstack = lane.openstack
    issued = openstack("token", "issue", "-f", "json", holds=lambda it: it.json["project_id"]).json
    by_token = lane.cloud.environment(None) | {
        "OS_AUTH_TYPE": "token", "OS_AUTH_URL": lane.cloud.auth_url, "OS_TOKEN": issued["id"], "OS_PROJECT_NAME": "demo",
        "OS_PROJECT_DOMAIN_ID": "default"}
    openstack("environment", "list", "-f", "json", variables=by_token, title="openstack environment list by a token",
              holds=lambda it: isinstance(it.json, list))
    made = openstack("application", "credential", "create", "robot", "--secret", "s3cret", "-f", "json",
                     holds=lambda it: (it.json["Name"], it.json["Secret"]) == ("robot", "s3cret")).json
    openstack("application", "credential", "list", "-f", "json", holds=lambda it: "robot" in values(it))
    robot = lane.cloud.environment(None) | {
        "OS_AUTH_TYPE": "v3applicationcredential", "OS_AUTH_URL": lane.cloud.auth_url,
        "OS_APPLICATION_CREDENTIAL_ID": made["ID"], "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret"}
    openstack("environment", "list", "-f", "json", variables=robot, holds=lambda it: isinstance(it.json, list),
              title="openstack environment list by an application credential")
    openstack("application", "credential", "delete", "robot", holds=lambda it: it.out == "")
    openstack("environment", "list", variables=robot, code=1, holds=lambda it: "HTTP 40" in it.err,
              title="openstack environment list by a deleted application credential: refused")
    openstack("token", "revoke", issued["id"], holds=lambda it: it.out == "", title="openstack token revoke")
    openstack("environment", "list", variables=by_token, code=1, holds=lambda it: "HTTP 40" in it.err,
              title="openstack environment list by a revoked token: refused")
    wrong = lane.cloud.environment("demo") | {"OS_PASSWORD": "wrong"}
    openstack("environment", "list", variables=wrong, code=1, title="openstack environment list by a wrong password: 401",
              holds=lambda it: "HTTP 401" in it.err)


# The longest first.
LANES = [
    ("demo", murano_environments),
    ("alt", plugin_environments),
    ("admin", identity),
    ("demo", murano_packages),
    ("alt", plugin_catalog),
    ("demo", credentials),
    ("admin", murano_catalog),
    ("demo", murano_templates),
]
