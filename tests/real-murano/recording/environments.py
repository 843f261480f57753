"""Environments and the object model."""
import time

from stage import FAILING, GREETER, SLOW, VERSIONED, application

PATCH = "application/env-model-json-patch"


def record(stage):
    plain(stage)
    refused(stage)
    deployments_seen(stage)
    model(stage)
    model_refused(stage)


def plain(stage):
    keep, demo, admin = stage.keep, stage.demo, stage.admin
    shop = keep("environment-create", demo.post("/environments", {"name": "shop"})).body["id"]
    full = {"name": "shop-2", "description_text": "front end", "region": "RegionOne", "colour": "blue"}
    second = keep("environment-create-full", demo.post("/environments", full),
                  "Members the server does not know are echoed here and nowhere else.").body["id"]
    keep("environment-list", demo.get("/environments"))
    keep("environment-list-all-tenants", admin.get("/environments?all_tenants=true"))
    keep("environment-show-new", demo.get(f"/environments/{shop}"))
    session = stage.session(shop, application(GREETER, name="Ann"))
    keep("environment-show", demo.get(f"/environments/{shop}"), "Pending: a session is open.")
    keep("environment-show-session", demo.get(f"/environments/{shop}", session=session))
    keep("environment-last-status-null", demo.get(f"/environments/{shop}/lastStatus", session=session))
    keep("environment-rename", demo.send("PUT", f"/environments/{shop}", {"name": "shop-1"}))
    keep("environment-delete", demo.delete(f"/environments/{shop}"))
    keep("environment-delete-abandon", demo.delete(f"/environments/{second}?abandon=true"))


def refused(stage):
    keep, demo = stage.keep, stage.demo
    shop, other = stage.environment("shop"), stage.environment("other")
    session = stage.session(other)
    unknown = "0123456789abcdef0123456789abcdef"
    keep("error-400-environment-no-name", demo.post("/environments", {"region": "RegionOne"}))
    keep("error-400-environment-long-name", demo.post("/environments", {"name": "x" * 256}))
    keep("error-409-environment-name", demo.post("/environments", {"name": "shop"}))
    keep("error-403-environment-list-all-tenants", demo.get("/environments?all_tenants=true"))
    keep("error-403-environment-other-tenant", stage.alt.get(f"/environments/{shop}"))
    keep("error-404-environment", demo.get("/environments/nope"))
    keep("error-404-environment-plain-text", demo.get("/environments/nope", accept=None))
    keep("error-404-environment-html", demo.get("/environments/nope", accept="*/*"))
    keep("error-404-environment-session", demo.get(f"/environments/{shop}", session=unknown))
    keep("error-400-environment-session", demo.get(f"/environments/{shop}", session=session))
    keep("error-400-environment-rename-blank", demo.send("PUT", f"/environments/{shop}", {"name": " "}))
    keep("error-404-environment-rename-fault", demo.send("PUT", f"/environments/{shop}", {}))
    keep("error-409-environment-rename", demo.send("PUT", f"/environments/{shop}", {"name": "other"}))
    keep("error-500-last-status-session", demo.get(f"/environments/{shop}/lastStatus", session=unknown))


def deployments_seen(stage):
    keep, demo = stage.keep, stage.demo
    slow = stage.environment("slow")
    stage.submit(slow, application(SLOW, seconds=2))
    keep("environment-show-deploying", demo.get(f"/environments/{slow}"))
    keep("error-403-configure-deploying", demo.post(f"/environments/{slow}/configure"))
    keep("error-403-environment-delete-deploying", demo.delete(f"/environments/{slow}"))
    keep("deployments-list-running", demo.get(f"/environments/{slow}/deployments"))
    demo.settled(slow)

    package = stage.package("greeter")
    greeter = stage.deployed("greeter", application(GREETER, name="Ann", size=2))
    keep("environment-show-deployed", demo.get(f"/environments/{greeter}"))
    keep("environment-last-status", demo.get(f"/environments/{greeter}/lastStatus"))
    failing = stage.deployed("failing", application(FAILING), expected="deploy failure")
    keep("environment-show-deploy-failure", demo.get(f"/environments/{failing}"))

    # Without its package the engine cannot load what it is to remove.
    demo.delete(f"/catalog/packages/{package}")
    demo.delete(f"/environments/{greeter}")
    keep("environment-show-deleting", demo.get(f"/environments/{greeter}"))
    demo.settled(greeter)
    keep("environment-show-delete-failure", demo.get(f"/environments/{greeter}"), "services is null.")
    keep("environment-services-delete-failure", demo.get(f"/environments/{greeter}/services"))

    stuck = stage.environment("stuck")
    stage.submit(stuck, application(VERSIONED))
    for _ in range(100):
        running = demo.get(f"/environments/{stuck}/deployments")
        if running.body["deployments"][0]["state"] != "running":
            break
        time.sleep(0.1)
    keep("deployments-list-stuck", running,
         "A class of version 1.2.0 was named without a version: the engine gave up and nobody closes the deployment.")
    deployment = running.body["deployments"][0]["id"]
    keep("deployment-reports-stuck", demo.get(f"/environments/{stuck}/deployments/{deployment}"))
    keep("environment-delete-abandon-deploying", demo.delete(f"/environments/{stuck}?abandon=true"))


def model(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.environment("model")
    posted = application(GREETER, name="Ann")
    session = stage.session(shop, posted)
    keep("environment-model", demo.get(f"/environments/{shop}/model/"))
    keep("environment-model-session", demo.get(f"/environments/{shop}/model/services/{posted['?']['id']}/name", session=session))
    keep("environment-model-null", demo.get(f"/environments/{shop}/model/defaultNetworks/flat"))
    change = [{"op": "replace", "path": "/defaultNetworks/flat", "value": True}]
    keep("environment-model-patch",
         demo.send("PATCH", f"/environments/{shop}/model/", change, session=session, content_type=PATCH))
    removal = [{"op": "remove", "path": "/services/0", "value": {}}]
    keep("environment-model-patch-remove",
         demo.send("PATCH", f"/environments/{shop}/model/", removal, session=session, content_type=PATCH))
    stage.package("greeter")
    done = stage.deployed("model-2", application(GREETER, name="Ann"))
    keep("environment-model-deployed", demo.get(f"/environments/{done}/model/"))


def model_refused(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.environment("model-3")
    session = stage.session(shop)

    def patch(name, *operations, session=session):
        answer = demo.send("PATCH", f"/environments/{shop}/model/", list(operations), session=session, content_type=PATCH)
        keep(name, answer)

    keep("error-404-environment-model-path", demo.get(f"/environments/{shop}/model/nope"))
    patch("error-400-environment-model-patch-empty")
    patch("error-400-environment-model-patch-pointer", {"op": "replace", "path": "name", "value": "x"})
    patch("error-400-environment-model-patch-no-value", {"op": "remove", "path": "/services"})
    patch("error-400-environment-model-patch-type", {"op": "replace", "path": "/defaultNetworks/flat", "value": "yes"})
    patch("error-403-environment-model-patch-op", {"op": "add", "path": "/name", "value": "x"})
    patch("error-404-environment-model-patch-target", {"op": "replace", "path": "/region", "value": "x"})
    patch("error-500-environment-model-patch-session", {"op": "replace", "path": "/name", "value": "x"}, session=None)
