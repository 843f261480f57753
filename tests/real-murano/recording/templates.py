"""Environment templates."""
from stage import GREETER, application

UNKNOWN = "0123456789abcdef0123456789abcdef"


def record(stage):
    templates(stage)
    services(stage)
    refused(stage)


def templates(stage):
    keep, demo = stage.keep, stage.demo
    plain = keep("template-create", demo.post("/templates", {"name": "plain", "description_text": "nothing yet"}))
    full = {"name": "full", "is_public": True, "services": [application(GREETER, name="Ann")]}
    shared = keep("template-create-full", demo.post("/templates", full)).body["id"]
    base = f"/templates/{plain.body['id']}"
    keep("template-list", demo.get("/templates"))
    keep("template-list-public", stage.alt.get("/templates?is_public=true"))
    keep("template-show", demo.get(f"/templates/{shared}"))
    keep("template-show-empty", demo.get(base))
    keep("template-update", demo.send("PUT", base, {"name": "plainer", "description_text": "still nothing"}))
    keep("template-clone", stage.alt.post(f"/templates/{shared}/clone", {"name": "copy"}))
    keep("template-create-environment", demo.post(f"/templates/{shared}/create-environment", {"name": "from-template"}))
    keep("template-delete", demo.delete(base))


def services(stage):
    keep, demo = stage.keep, stage.demo
    base = f"/templates/{demo.post('/templates', {'name': 'services'}).body['id']}/services"
    ann, bob = application(GREETER, name="Ann"), application(GREETER, name="Bob")
    one = ann["?"]["id"]
    keep("template-services-empty", demo.get(base))
    keep("template-service-create", demo.post(base, ann))
    keep("template-service-create-list", demo.post(base, [bob]))
    keep("template-services", demo.get(base))
    keep("template-service-show", demo.get(f"{base}/{one}"))
    keep("template-service-update", demo.send("PUT", f"{base}/{bob['?']['id']}", {**bob, "name": "Bo"}),
         "It is always the first application that is overwritten, here Ann.")
    keep("template-service-delete", demo.delete(f"{base}/{bob['?']['id']}"), "The answer is not empty.")
    keep("error-404-template-service", demo.get(f"{base}/{UNKNOWN}"))
    keep("error-404-template-service-delete", demo.delete(f"{base}/{UNKNOWN}"))
    keep("error-403-template-service-other-tenant", stage.alt.get(base))


def refused(stage):
    keep, demo, alt = stage.keep, stage.demo, stage.alt
    own = demo.post("/templates", {"name": "own"}).body["id"]
    demo.post("/templates", {"name": "taken"})
    keep("error-400-template-no-name", demo.post("/templates", {}))
    keep("error-400-template-long-name", demo.post("/templates", {"name": "x" * 256}))
    keep("error-409-template-name", demo.post("/templates", {"name": "own"}))
    keep("error-400-template-update", demo.send("PUT", f"/templates/{own}", {"is_public": True}))
    keep("error-500-template-update-taken", demo.send("PUT", f"/templates/{own}", {"name": "taken"}))
    keep("error-403-template-other-tenant", alt.get(f"/templates/{own}"))
    keep("error-403-template-clone-private", demo.post(f"/templates/{own}/clone", {"name": "copy"}))
    keep("error-404-template", demo.get(f"/templates/{UNKNOWN}"))
    demo.post("/environments", {"name": "taken"})
    keep("error-409-template-create-environment", demo.post(f"/templates/{own}/create-environment", {"name": "taken"}))
