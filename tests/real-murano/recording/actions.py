"""Actions, static actions, schemas and statistics."""
from stage import GREETER, VERSIONED, application

UNKNOWN = "0123456789abcdef0123456789abcdef"


def record(stage):
    actions(stage)
    static_actions(stage)
    schemas(stage)


def actions(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.deployed("actions", application(GREETER, name="Ann", size=2))
    greeter = demo.get(f"/environments/{shop}/services").body[0]["?"]["id"]
    base = f"/environments/{shop}/actions"

    def result(name, task):
        demo.settled(shop)
        keep(name, demo.get(f"{base}/{task}"))

    lingering = demo.post(f"{base}/{greeter}_linger", {"seconds": 2}).body["task_id"]
    keep("action-result-not-finished", demo.get(f"{base}/{lingering}"))
    keep("error-403-action-deploying", demo.post(f"{base}/{greeter}_answer", {}))
    demo.settled(shop)
    task = keep("action-execute", demo.post(f"{base}/{greeter}_answer", {})).body["task_id"]
    result("action-result", task)
    result("action-result-null", demo.post(f"{base}/{shop}_deploy", {}).body["task_id"])
    result("action-result-exception", demo.post(f"{base}/{greeter}_refuse", {}).body["task_id"])
    result("action-result-contract", demo.post(f"{base}/{greeter}_echo", {}).body["task_id"])
    keep("error-400-action-no-body", demo.post(f"{base}/{greeter}_answer"))
    keep("error-404-action-fault", demo.post(f"{base}/{greeter}_nope", {}))
    keep("error-404-action-result", demo.get(f"{base}/{UNKNOWN}"))

    keep("instance-statistics-raw", demo.get(f"/environments/{shop}/instance-statistics/raw"))
    keep("instance-statistics-raw-instance", demo.get(f"/environments/{shop}/instance-statistics/raw/{greeter}"))
    keep("instance-statistics-raw-empty", demo.get(f"/environments/{UNKNOWN}/instance-statistics/raw"))
    keep("instance-statistics-aggregated", demo.get(f"/environments/{shop}/instance-statistics/aggregated"))
    keep("stats", demo.get("/stats"))


def static_actions(stage):
    keep, demo = stage.keep, stage.demo

    def call(name, method, parameters=None, kind=GREETER, note=None, **more):
        body = {"className": kind, "methodName": method, "parameters": parameters or {}, **more}
        keep(name, demo.post("/actions", body), note)

    call("static-action", "greeting", {"name": "Ann"})
    call("static-action-null", "nothing")
    call("static-action-object", "crowd", {"people": 3})
    call("static-action-version", "release", kind=VERSIONED, classVersion=">=0", packageName=VERSIONED)
    call("error-400-static-action-contract", "greeting")
    call("error-404-static-action-class", "greeting", kind="com.example.Nobody")
    call("error-404-static-action-method", "nope")
    call("error-404-static-action-not-public", "louder", {"words": "hey"}, kind="com.example.phrases.Phrase")
    call("error-503-static-action-exception", "refusal")
    call("error-500-static-action-instance", "echo", {"text": "hey"})
    keep("error-400-static-action-no-method", demo.post("/actions", {"className": GREETER}))


def schemas(stage):
    keep, demo = stage.keep, stage.demo
    keep("schema", demo.get(f"/schemas/{GREETER}"))
    keep("schema-methods", demo.get(f"/schemas/{GREETER}/crowd,nope"))
    keep("error-404-schema", demo.get("/schemas/com.example.Nobody"))
    keep("error-400-schema-version", demo.get(f"/schemas/{GREETER}?classVersion=latest"))
