#!/usr/bin/env python3
"""Runs each old command with python-muranoclient and with our program, and compares what they do.

Usage: classic.py CLOUDS_YAML OLD_CLIENT NEW_CLIENT. For what changes something each has things of its own: the
old client in the project demo, ours in alt, or under a name of its own. What only looks, both ask about the same.
Where both succeed stdout has to be the same, apart from ids, times and names; where the old one fails ours has
to fail with the same exit code and its text has to be in stderr. `ours` is the exit code where it differs on
purpose. Works on a running cloud, real or not, and cleans up behind itself.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from python_clients import Cloud, Lane, LaneEnds, Run, walk  # noqa: E402

PACKAGES = pathlib.Path(__file__).resolve().parents[1] / "data/packages"
GREETER = f"com.example.Greeter{os.getpid()}"
PHRASES = f"com.example.phrases{os.getpid()}"
UNKNOWN = "0123456789abcdef0123456789abcdef"
SIDES = ("old", "new")


class Pair(Lane):
    """Steps that both clients do. Texts with {…} have what each has kept under that name."""

    def __init__(self, cloud, programs, who, scratch):
        super().__init__(cloud, None, scratch)
        self.programs, self.people = dict(zip(SIDES, programs)), dict(zip(SIDES, who))
        self.kept = {side: {"own": f"{side}-{os.getpid()}"} for side in SIDES}

    def call(self, side, arguments, program=None, who=None):
        words = [str(word).format(**self.kept[side]) for word in arguments]
        done = subprocess.run([self.programs[program or side], *words], cwd=self.scratch, stdin=subprocess.DEVNULL,
                              env=self.cloud.environment(who or self.people[side]), capture_output=True, text=True,
                              timeout=300)
        return Run(" ".join(["murano", *words]), done)

    def do(self, *arguments, then=None, **expected):
        """Each client with what is its own; `then` is done for the one before the other begins."""
        runs = []
        for side in SIDES:
            runs.append(self.call(side, arguments))
            if then:
                then(side)
        return self.compare(arguments, *runs, **expected)

    def look(self, *arguments, who=None, tries=3, **expected):
        """Both clients at the same; others may change it between them."""
        for left in reversed(range(tries)):
            runs = [self.call("new", arguments, program=side, who=who) for side in SIDES]
            if not left or runs[0].out == runs[1].out or runs[0].code:
                return self.compare(arguments, *runs, **expected)

    def compare(self, arguments, old, new, code=0, ours=None, says=None, among=None, title=None):
        title = title or "murano " + " ".join(shortened(str(word)) for word in arguments)
        wrong = []
        if old.code != code or new.code != (code if ours is None else ours):
            wrong.append(f"exit codes {old.code} and {new.code}")
        if says and says not in new.err:
            wrong.append(f"stderr has not: {says}")
        if new.code == 0 and new.err:
            wrong.append("there is something on stderr")
        told = [self.masked(run, among) for run in (old, new)]
        if not (old.code or new.code) and told[0] != told[1]:
            wrong.append("stdout differs")
        self.tell("WRONG" if wrong else "ok   ", ": ".join([title, *wrong]) + (": refused" if code and not wrong else ""))
        if wrong:
            for run in old, new:
                self.show(run)
            if old.code or new.code:
                raise LaneEnds
        return old, new

    def masked(self, run, among):
        """What was printed without what differs anyway. Of a list with things of others, the rows with `among`."""
        out = re.sub("|".join(kept["own"] for kept in self.kept.values()), "OWN", run.out)
        out = re.sub(r"\b[0-9a-f]{32}\b", "ID", out)
        out = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]{8,15}", "TIME", out)
        if among is not None:
            rows = [[cell.strip() for cell in line.split("|")] for line in out.splitlines() if line.startswith("|")]
            sentences = [line for line in out.splitlines() if line[:1] not in "|+"]
            return sentences, rows[:1], [row for row in rows if among in row]
        if re.match(r'[\[{"]', out):
            return json.loads(out)
        return out.rstrip()

    def keep(self, name, runs, read):
        """What each has to name its own things by."""
        for side, run in zip(SIDES, runs):
            self.kept[side][name] = read(run)

    def prepare(self, *arguments):
        """Our program for both."""
        for side in SIDES:
            run = self.call(side, arguments, program="new")
            if run.code:
                self.tell("WRONG", f"{run.command}: {run.err}")
                raise LaneEnds

    def ready(self, side):
        """Waits for the engine, which may lose one of two tasks that it has at the same time."""
        run = self.call(side, ("env", "wait", "{env}", "--for", "idle", "--timeout", "200s", "--quiet"), program="new")
        if run.code:
            self.tell("WRONG", f"{run.command}: {run.err}")
            raise LaneEnds

    def tidy(self, *arguments, who=None):
        for side in SIDES:
            known = [word for word in arguments if word.strip("{}") in self.kept[side] or "{" not in word or "own" in word]
            self.call(side, known, program="new", who=who)


def shortened(word):
    """A word of a title without folders and ids."""
    word = word.replace("{", "").replace("}", "").replace("-own", "").replace(UNKNOWN, "ID")
    return pathlib.Path(word).name if word.startswith("/tmp") or len(word) > 60 else word[:60]


def first_id(run):
    return run.rows[0]["ID"]


def renamed(lane, package, old, new):
    """A package of the test data under a name that no other run has."""
    folder = lane.scratch / package
    for file in (PACKAGES / package).rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(PACKAGES / package).as_posix().replace(old, new)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(re.sub(rb"\b%s\b" % old.encode(), new.encode(), file.read_bytes()))
    return folder


def environments(lane):
    env, app = "shop-{own}", {"?": {"id": UNKNOWN, "type": GREETER}, "name": "Änn", "size": 2}
    try:
        lane.prepare("package", "import", renamed(lane, "greeter", "Greeter", GREETER[12:]))
        lane.keep("env", lane.do("environment-create", env), first_id)
        lane.do("environment-create", env, code=1, says="409 Conflict: Environment with specified name already exists (HTTP 409)")
        lane.do("environment-create", "", code=1, says="Please, specify a name of the environment to create")
        lane.do("environment-rename", env, "store-{own}")
        lane.do("environment-rename", env, "x", code=1, says=f"Environment shop-{lane.kept['new']['own']} not found")
        lane.do("environment-rename", "{env}", env)
        lane.look("environment-show", env)
        lane.look("environment-list")
        lane.do("environment-show", "nobody", code=1, says="Environment nobody not found")
        lane.keep("session", lane.do("environment-session-create", "{env}"), lambda run: run.fields["id"])
        lane.do("environment-apps-edit", "--session-id", "{session}", "{env}",
                lane.file("add.json", [{"op": "add", "path": "/-", "value": app}]))
        lane.do("environment-apps-edit", "{env}", code=2, says="the following arguments are required: --session-id")
        lane.do("environment-show", "{env}", "--session-id", "{session}")
        lane.do("environment-show", "--only-apps", "--session={session}", "{env}")
        lane.do("environment-show", "{env}", "--only-apps")
        lane.do("environment-model-show", "{env}", "--session-id", "{session}")
        lane.do("environment-model-show", "{env}", "--sess={session}", "--path", "/services/0/name")
        lane.do("environment-model-edit", "--session-id", "{session}", "{env}",
                lane.file("model.json", [{"op": "replace", "path": "/name", "value": "market"}]))
        lane.do("environment-deploy", "{env}", "--session-id", UNKNOWN, code=1, says="is not found (HTTP 404)")
        lane.do("environment-deploy", "{env}", "--session-id", "{session}", then=lane.ready)
        deployed(lane)
        lane.do("environment-delete", "nobody", code=1, says="Unable to find and delete any of the specified environments.")
        lane.do("environment-delete", "--abandon", "{env}", among=env)
        lane.do("environment-delete", "{env}", "nobody", code=1, says="Failed to delete 'nobody'; environment not found")
    finally:
        lane.tidy("env", "delete", "--abandon", "{env}")
        lane.tidy("package", "delete", GREETER)


def deployed(lane):
    lane.do("environment-show", "{env}")
    lane.do("environment-deploy", "{env}", "--session-id", "{session}", code=1, says="is invalid")
    lane.do("deployment-list", "shop-{own}")
    lane.look("deployment-list", "--all-environments")
    lane.do("deployment-list", code=1, says="Either environment ID or all-environments flag must be set.")
    lane.do("app-show", "{env}")
    lane.do("app-show", "-p=/", "{env}")
    lane.do("app-show", "{env}", "--pa", f"/{UNKNOWN}")
    lane.do("app-show", "{env}", "-p", "/nothing", code=1, says="Could not find application at path /nothing")
    lane.do("environment-model-show", "{env}", "--path", "/nope", code=1, says="404 Not Found")
    call = ("environment-action-call", "{env}", "--action-id")
    runs = lane.do(*call, f"{UNKNOWN}_echo", "--arguments", "text=it's {own}", then=lane.ready)
    lane.keep("task", runs, lambda run: run.out.split()[-1])
    lane.do(*call, f"{UNKNOWN}_nope", code=1, says="Action is not found (HTTP 404)")
    lane.do("environment-action-get-result", "{env}", "--task-id", "{task}")
    lane.do("environment-action-get-result", "{env}", "--task-id", UNKNOWN, code=1, says="(HTTP 404)")
    lane.do("static-action-call", GREETER, "greeting", "--arguments", "name=Zed")
    lane.do("static-action-call", GREETER, "crowd", "--arguments", "people=2")
    lane.do("static-action-call", GREETER, "greeting", ours=1, says="null value violates notNull() contract")
    lane.do("static-action-call", GREETER, "greeting", "--arguments", "name", code=1,
            says="Argument should be in form of KEY=VALUE. Found: name")
    lane.look("class-schema", GREETER)
    lane.look("class-schema", GREETER, "crowd", "nothing")
    lane.look("class-schema", "com.example.Nobody", code=1, says='Package for class "com.example.Nobody" is not found (HTTP 404)')


def packages(lane):
    phrases = PHRASES
    library = lane.zipped(renamed(lane, "library", "phrases", PHRASES[12:]), "library.zip")
    try:
        lane.keep("package", lane.do("package-import", library, "-c", "Web"), first_id)
        lane.do("package-import", library, "--exists-action", "s")
        lane.do("package-import", library, "--exists-action=a")
        lane.do("package-import", lane.scratch / "none.zip", code=1)
        lane.do("package-import", "--exists-action", "x", library, code=2, says="invalid choice: 'x' (choose from 'a', 's', 'u')")
        lane.keep("package", lane.do("package-import", library, "--exists-action", "u", "-c", "Web"), first_id)
        lane.look("package-list")
        lane.look("package-list", "--owned", "--fqn", phrases)
        lane.look("package-list", "--lim=1", "--type", "Library")
        lane.look("package-list", "--limit=-1", code=1, says="--limit parameter must be non-negative")
        lane.look("package-list", "--limit", "x", code=2)
        lane.look("package-list", "--search", PHRASES[12:], "--class", f"{phrases}.Farewell")
        lane.look("package-list", "--marker", UNKNOWN, code=1, says="(HTTP 404)")
        lane.do("package-show", "{package}")
        lane.do("package-show", UNKNOWN, code=1, says=f"Package {UNKNOWN} not found")
        lane.do("package-update", "{package}", "--name", "Words", "--enabled", "false", "--description", "a-b " * 40)
        lane.do("package-update", "{package}", "--enabled", "bogus", code=2)
        lane.do("package-update", "--tags", "--", "{package}")
        lane.do("package-update", "{package}", title="murano package-update of nothing")
        lane.do("package-update", UNKNOWN, "--name", "x", code=1, says=f"404 Not Found: Package id '{UNKNOWN}' not found (HTTP 404)")
        lane.do("package-update", "{package}", "--is-public", "true", code=1, says="403 Forbidden")
        lane.do("package-list", "--owned", among=phrases)
        lane.do("package-list", "--owned", "--include-disabled", among=phrases)
        lane.do("package-download", "{package}", "{own}.zip")
        lane.do("package-download", UNKNOWN, "{own}.zip", code=1, says=f"Package {UNKNOWN} not found")
        lane.do("package-create", code=1, says="Provide --template")
        lane.do("package-create", "-t", PACKAGES / "hot/template.yaml", "-o", "{own}.zip", "-n", "Pile", "-f", "com.example.Pile")
        lane.do("package-delete", "{package}", among=phrases)
        lane.do("package-delete", "{package}", code=1, says="package not found")
    finally:
        lane.tidy("package", "delete", phrases)


def templates(lane):
    app = {"?": {"id": UNKNOWN, "type": "com.example.Nothing"}, "name": "Änn"}
    try:
        lane.keep("plan", lane.do("env-template-create", "plan-{own}"), first_id)
        lane.do("env-template-create", "plan-{own}", code=1, says="Env Template with specified name already exists (HTTP 409)")
        lane.look("env-template-list")
        lane.do("env-template-add-app", "{plan}", lane.file("app.json", app))
        lane.do("env-template-add-app", "{plan}", "none.json", code=1, says="none.json")
        lane.do("env-template-show", "{plan}")
        lane.do("env-template-show", UNKNOWN, code=1, says=f"Environment template {UNKNOWN} not found")
        lane.do("env-template-clone", "{plan}", "copy-{own}", code=1, says="User has no access to these resources. (HTTP 403)")
        lane.keep("made", lane.do("env-template-create-env", "{plan}", "made-{own}"), lambda run: run.fields["environment_id"])
        lane.do("env-template-del-app", "{plan}", UNKNOWN)
        lane.do("env-template-del-app", "{plan}", UNKNOWN, code=1)
        lane.do("env-template-update", "{plan}", "scheme-{own}")
        lane.keep("public", lane.do("env-template-create", "--is-public", "public-{own}"), first_id)
        lane.do("env-template-clone", "{public}", "copy-{own}")
        lane.do("env-template-delete", UNKNOWN, code=1, says=f"Failed to delete '{UNKNOWN}'; environment template not found")
        lane.do("env-template-delete", "{plan}", "{public}", among="copy-OWN")
    finally:
        lane.tidy("env", "delete", "--abandon", "made-{own}")
        lane.tidy("template", "delete", "{plan}", "{public}", "copy-{own}")


def categories(lane):
    try:
        lane.keep("toys", lane.do("category-create", "toys-{own}"), first_id)
        lane.do("category-create", "toys-{own}", code=1, says="409 Conflict: Category with specified name is already exist (HTTP 409)")
        lane.do("category-create", "x" * 81, code=1, says="Category name should be 80 characters maximum")
        lane.look("category-create", "toys", who="alt", code=1, says="403 Forbidden: Access was denied to this resource. (HTTP 403)")
        lane.look("category-list")
        lane.do("category-show", "{toys}")
        lane.do("category-show", UNKNOWN, ours=1, says=f"Category id '{UNKNOWN}' not found")
        lane.do("category-delete", UNKNOWN, code=1, says="Unable to find and delete any of the specified categories.")
        lane.do("category-delete", "{toys}", among="Web")
        lane.look("environment-list", "--all-tenants")
        lane.look("environment-list", "--all-tenants", who="alt", code=1, says="403 Forbidden: Access was denied")
        lane.look("help", "nothing", code=1, says="'nothing' is not a valid subcommand")
        lane.look("category-list", "more", code=2, says="murano: error: unrecognized arguments: more")
        lane.look("bundle-import", code=2, says="murano bundle-import: error: the following arguments are required: <FILE>")
    finally:
        lane.tidy("category", "delete", "toys-{own}")


# Who each client is. The longest first.
LANES = [(environments, ("demo", "alt")), (packages, ("demo", "alt")), (templates, ("demo", "alt")),
         (categories, ("admin", "admin"))]


def main(clouds, *programs):
    cloud = Cloud(clouds, "")
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(3) as pool:
        todo = []
        for steps, who in LANES:
            folder = pathlib.Path(scratch, steps.__name__)
            folder.mkdir()
            todo.append(pool.submit(walk, Pair(cloud, programs, who, folder), steps))
        done = [each.result() for each in todo]
    passed, failed = sum(lane.passed for lane in done), sum(lane.failed for lane in done)
    print(f"test result: {'ok' if not failed else 'FAILED'}. {passed} passed; {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
