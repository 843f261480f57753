"""Packages and categories."""
from stage import PACKAGES, VERSIONED
from wire import Form, archive, upload

PATCH = "application/murano-packages-json-patch"
UNKNOWN = "0123456789abcdef0123456789abcdef"


def record(stage):
    packages(stage)
    packages_refused(stage)
    uploads_refused(stage)
    categories(stage)


def packages(stage):
    keep, demo = stage.keep, stage.demo
    content = upload(archive(PACKAGES / "greeter"), categories=["Web"], tags=["hello"], is_public=False, enabled=True)
    greeter = keep("package-upload", demo.post("/catalog/packages", content)).body["id"]
    base = f"/catalog/packages/{greeter}"
    keep("package-upload-no-metadata",
         demo.post("/catalog/packages", Form([("file", "versioned.zip", archive(PACKAGES / "versioned"))])))
    keep("package-upload-library", demo.post("/catalog/packages", upload(archive(PACKAGES / "library"))))
    hot = keep("package-upload-hot", demo.post("/catalog/packages", upload(archive(PACKAGES / "hot")))).body["id"]
    keep("package-show", demo.get(base))
    keep("package-search", demo.get("/catalog/packages?catalog=true&type=application&order_by=name&search=greet"))
    keep("package-search-page", demo.get("/catalog/packages?owned=true&order_by=fqn&limit=2"))
    keep("package-search-fqn", demo.get(f"/catalog/packages?fqn={VERSIONED}"))
    keep("package-search-in", demo.get("/catalog/packages?category=in:Web,Databases"))
    keep("package-search-empty", demo.get("/catalog/packages?type=plugin"))
    changes = [{"op": "replace", "path": "/name", "value": "Welcome"},
               {"op": "remove", "path": "/tags", "value": ["hello"]},
               {"op": "add", "path": "/categories", "value": ["Databases"]},
               {"op": "replace", "path": "/enabled", "value": False}]
    keep("package-patch", demo.send("PATCH", base, changes, content_type=PATCH))
    binary = "application/octet-stream, application/json;q=0.5"
    keep("package-ui", demo.get(f"{base}/ui", accept="text/plain, application/json;q=0.5"))
    keep("package-ui-hot", demo.get(f"/catalog/packages/{hot}/ui", accept="text/plain, application/json;q=0.5"))
    keep("package-logo", demo.get(f"{base}/logo", accept=binary))
    keep("package-logo-none", demo.get(f"/catalog/packages/{hot}/logo", accept=binary))
    keep("package-supplier-logo", demo.get(f"{base}/supplier_logo", accept=binary))
    keep("package-download", demo.get(f"{base}/download", accept=binary))
    keep("package-delete", demo.delete(f"/catalog/packages/{hot}"))


def packages_refused(stage):
    keep, demo, alt = stage.keep, stage.demo, stage.alt
    own = stage.package("slow", tags=["slow"])
    public = stage.package("failing", stage.admin, is_public=True)
    base = f"/catalog/packages/{own}"

    def patch(name, *operations, person=demo, package=own, note=None):
        answer = person.send("PATCH", f"/catalog/packages/{package}", list(operations), content_type=PATCH)
        keep(name, answer, note)

    patch("error-400-package-patch-nested", {"op": "add", "path": "/tags/0", "value": ["x"]})
    patch("error-400-package-patch-value", {"op": "replace", "path": "/enabled", "value": "yes"})
    patch("error-400-package-patch-category", {"op": "add", "path": "/categories", "value": ["Nowhere"]})
    patch("error-403-package-patch-immutable", {"op": "replace", "path": "/type", "value": "Library"})
    patch("error-403-package-patch-op", {"op": "add", "path": "/name", "value": "x"})
    patch("error-403-package-publish", {"op": "replace", "path": "/is_public", "value": True})
    patch("error-403-package-patch-not-owner", {"op": "replace", "path": "/name", "value": "x"}, package=public)
    patch("error-404-package-patch-tag", {"op": "remove", "path": "/tags", "value": ["nope"]})
    patch("error-500-package-patch-present-tag", {"op": "add", "path": "/tags", "value": ["slow"]},
          note="The package has the tag already.")
    keep("error-400-package-patch-content-type", demo.send("PATCH", base, []))
    keep("error-403-package-other-tenant", alt.get(base))
    keep("error-403-package-delete-not-owner", demo.delete(f"/catalog/packages/{public}"))
    keep("error-404-package", demo.get(f"/catalog/packages/{UNKNOWN}"))
    keep("error-406-package-ui", demo.get(f"{base}/ui"))
    keep("error-400-package-limit", demo.get("/catalog/packages?limit=none"))
    keep("error-400-package-limit-zero", demo.get("/catalog/packages?limit=0"))
    keep("error-404-package-marker", demo.get(f"/catalog/packages?marker={UNKNOWN}"))
    keep("error-400-package-sort", demo.get("/catalog/packages?order_by=name&sort_dir=up"))
    stage.admin.delete(f"/catalog/packages/{public}")
    demo.delete(base)


def uploads_refused(stage):
    keep, demo = stage.keep, stage.demo
    greeter = archive(PACKAGES / "greeter")

    def refuse(name, *parts):
        keep(name, demo.post("/catalog/packages", Form(list(parts))))

    keep("error-409-package-upload", demo.post("/catalog/packages", upload(greeter)))
    keep("error-403-package-upload-public", demo.post("/catalog/packages", upload(greeter, is_public=True)))
    keep("error-400-package-upload-schema", demo.post("/catalog/packages", upload(greeter, tags="hello")))
    keep("error-400-package-upload-category",
         demo.post("/catalog/packages", upload(archive(PACKAGES / "slow"), categories=["Nowhere"])))
    refuse("error-400-package-upload-no-file", ("__metadata__", None, b"{}"))
    refuse("error-400-package-upload-empty", ("file", "package.zip", b""))
    refuse("error-400-package-upload-not-a-zip", ("file", "package.zip", b"no archive"))
    refuse("error-400-package-upload-three-parts", ("a", None, b"{}"), ("b", None, b"{}"), ("file", "p.zip", greeter))
    # The limit is set when the service starts; without PACKAGE_MIB it is 5.
    refuse("error-400-package-upload-too-large", ("file", "package.zip", bytes(6 << 20)))
    for folder in sorted((PACKAGES / "bad").iterdir()):
        answer = demo.post("/catalog/packages", upload(archive(folder)))
        if answer.status == 200:
            demo.delete(f"/catalog/packages/{answer.body['id']}")
        elif folder.name == "hot-without-template":
            keep("error-500-raw-traceback", answer, "The layer that reports faults failed itself: no request id.")
        else:
            keep(f"error-{answer.status}-package-upload-{folder.name}", answer)


def categories(stage):
    keep, demo, admin = stage.keep, stage.demo, stage.admin
    base = "/catalog/categories"
    made = keep("category-create", admin.post(base, {"name": "Example"})).body["id"]
    used = admin.post(base, {"name": "Example in use"}).body["id"]
    slow = stage.package("slow", categories=["Example in use"])
    keep("category-list", demo.get(base))
    keep("category-list-page", demo.get(f"{base}?sort_keys=name&sort_dir=desc&limit=2"))
    keep("category-show", demo.get(f"{base}/{used}"))
    keep("error-400-category-name", admin.post(base, {}))
    keep("error-400-category-long-name", admin.post(base, {"name": "x" * 81}))
    keep("error-400-category-filter", demo.get(f"{base}?name=Web"))
    keep("error-400-category-sort", demo.get(f"{base}?sort_keys=colour"))
    keep("error-403-category-create", demo.post(base, {"name": "Example"}))
    keep("error-403-category-in-use", admin.delete(f"{base}/{used}"))
    keep("error-404-category", demo.get(f"{base}/{UNKNOWN}"))
    keep("error-409-category", admin.post(base, {"name": "Example"}))
    keep("category-delete", admin.delete(f"{base}/{made}"))
    demo.delete(f"/catalog/packages/{slow}")
    admin.delete(f"{base}/{used}")
