"""What every route has in common: versions, tokens, media types, faults."""


def record(stage):
    keep, demo, nobody = stage.keep, stage.demo, stage.nobody
    keep("version-list", nobody.get("//"))
    keep("error-401-no-token", nobody.get("/environments"))
    keep("error-401-bad-token", stage.impostor.get("/environments"))
    keep("error-404-no-route", demo.get("/nowhere"))
    keep("error-404-trailing-slash", demo.get("/environments/"))
    keep("error-404-method", demo.send("PATCH", "/environments", []))
    keep("error-406-not-acceptable", demo.get("/environments", accept="image/png"))
    keep("error-415-content-type", demo.post("/environments", "name: shop", content_type="application/yaml"))
    keep("error-400-malformed-json", demo.post("/environments", '{"name": '))
    keep("error-400-unexpected-body", demo.send("GET", "/environments", {}))
    keep("error-500-fault", demo.post("/environments", {"name": 7}), "JSON, whatever the Content-Type says.")
