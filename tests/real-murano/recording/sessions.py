"""Sessions, services and deployments."""
from stage import FAILING, GREETER, SLOW, application

UNKNOWN = "0123456789abcdef0123456789abcdef"


def record(stage):
    sessions(stage)
    sessions_refused(stage)
    services(stage)
    services_refused(stage)
    deployments(stage)


def sessions(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.environment("sessions")
    opened = keep("session-create", demo.post(f"/environments/{shop}/configure")).body["id"]
    keep("session-show", demo.get(f"/environments/{shop}/sessions/{opened}"))
    keep("session-delete", demo.delete(f"/environments/{shop}/sessions/{opened}"))
    session = stage.session(shop, application(SLOW, seconds=2))
    keep("session-deploy", demo.post(f"/environments/{shop}/sessions/{session}/deploy"))
    keep("session-show-deploying", demo.get(f"/environments/{shop}/sessions/{session}"))
    keep("error-403-session-delete-deploying", demo.delete(f"/environments/{shop}/sessions/{session}"))
    keep("error-403-session-deploy-twice", demo.post(f"/environments/{shop}/sessions/{session}/deploy"))
    keep("error-403-services-deploying",
         demo.post(f"/environments/{shop}/services", application(SLOW), session=session))
    demo.settled(shop)
    keep("error-403-session-invalid", demo.get(f"/environments/{shop}/sessions/{session}"),
         "The session was deployed: a finished session cannot be read.")


def sessions_refused(stage):
    keep, demo = stage.keep, stage.demo
    shop, other = stage.environment("sessions-2"), stage.environment("sessions-3")
    session = stage.session(shop)
    keep("error-404-session", demo.get(f"/environments/{shop}/sessions/{UNKNOWN}"))
    keep("error-400-session-other-environment", demo.get(f"/environments/{other}/sessions/{session}"))
    keep("error-401-session-other-user", stage.demo2.get(f"/environments/{shop}/sessions/{session}"))
    keep("error-404-session-deploy", demo.post(f"/environments/{shop}/sessions/{UNKNOWN}/deploy"))
    first, second = stage.session(other), stage.session(other)
    demo.post(f"/environments/{other}/sessions/{first}/deploy")
    demo.settled(other)
    keep("error-403-session-deploy-invalid", demo.post(f"/environments/{other}/sessions/{second}/deploy"),
         "Another session was deployed since this one was opened.")


def services(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.environment("services")
    session = stage.session(shop)
    base = f"/environments/{shop}/services"
    ann, bob = application(GREETER, name="Ann"), application(GREETER, name="Bob")
    one = ann["?"]["id"]
    keep("services-list-empty", demo.get(base))
    keep("services-post", demo.post(base, ann, session=session))
    keep("services-post-list", demo.post(base, [bob], session=session))
    keep("services-post-path", demo.post(f"{base}/{one}", ann, session=session), "Nothing was stored.")
    keep("services-list-session", demo.get(base, session=session))
    keep("services-show", demo.get(f"{base}/{one}", session=session))
    keep("services-show-member", demo.get(f"{base}/{one}/name", session=session))
    keep("services-show-unknown", demo.get(f"{base}/{UNKNOWN}", session=session))
    keep("services-put-member", demo.send("PUT", f"{base}/{one}/size", 3, session=session))
    keep("services-put", demo.send("PUT", base, [ann, bob], session=session))
    keep("services-delete", demo.delete(f"{base}/{one}", session=session))
    keep("services-delete-all", demo.delete(base, session=session))


def services_refused(stage):
    keep, demo = stage.keep, stage.demo
    shop = stage.environment("services-2")
    ann = application(GREETER, name="Ann")
    session = stage.session(shop, ann)
    base = f"/environments/{shop}/services"
    keep("error-400-services-no-session-header", demo.post(base, ann))
    keep("error-400-services-empty", demo.post(base, {}, session=session))
    keep("error-404-services-session", demo.post(base, ann, session=UNKNOWN))
    keep("error-400-services-put-by-id", demo.send("PUT", f"{base}/{ann['?']['id']}", ann, session=session))
    keep("error-404-services-delete", demo.delete(f"{base}/{UNKNOWN}", session=session))
    keep("error-404-services-index-fault", demo.delete(f"{base}/7", session=session))
    keep("error-403-services-other-tenant", stage.alt.get(base))
    demo.post(f"/environments/{shop}/sessions/{stage.session(shop)}/deploy")
    demo.settled(shop)
    keep("error-403-services-session-invalid", demo.post(base, ann, session=session))


def deployments(stage):
    keep, demo = stage.keep, stage.demo
    good = stage.deployed("deployments", application(GREETER, name="Ann", size=2))
    bad = stage.deployed("deployments-2", application(FAILING), expected="deploy failure")
    listed = keep("deployments-list", demo.get(f"/environments/{good}/deployments"))
    deployment = listed.body["deployments"][0]["id"]
    keep("deployment-reports", demo.get(f"/environments/{good}/deployments/{deployment}"))
    keep("deployment-reports-unknown-service",
         demo.get(f"/environments/{good}/deployments/{deployment}?service_id={UNKNOWN}"))
    failed = keep("deployments-list-failure", demo.get(f"/environments/{bad}/deployments"))
    keep("deployment-reports-failure",
         demo.get(f"/environments/{bad}/deployments/{failed.body['deployments'][0]['id']}"))
    keep("deployments-list-all", stage.alt.get("/deployments"), "Of the caller's project only.")
    service = demo.get(f"/environments/{good}/services").body[0]["?"]["id"]
    keep("error-400-deployment-reports-service",
         demo.get(f"/environments/{good}/deployments/{deployment}?service_id={service}"))
    keep("error-404-deployment", demo.get(f"/environments/{good}/deployments/{UNKNOWN}"))
    keep("error-400-deployment-other-environment", demo.get(f"/environments/{bad}/deployments/{deployment}"))
