"""Glance: images, their data, and refusals."""

PATCH = "application/openstack-images-v2.1-json-patch"
DATA = "application/octet-stream"
ALL = "//v2/images?visibility=all&limit=1000"


def clear(*callers):
    for caller in callers:
        for image in caller.get(ALL).body["images"]:
            path = f"//v2/images/{image['id']}"
            caller.send("PATCH", path, [{"op": "replace", "path": "/protected", "value": False}], content_type=PATCH)
            caller.delete(path)


def record(site, tape):
    demo, alt, admin = (site.at_glance(name) for name in ("demo", "alt", "admin"))
    clear(admin, demo, alt)
    lists(demo, admin, tape)
    clear(admin, demo)
    data(demo, tape)
    changes(demo, alt, admin, tape)
    refusals(site, demo, tape)
    clear(admin, demo, alt)


def made(caller, **members):
    members = {"name": "debian-12", "disk_format": "raw", "container_format": "bare", **members}
    return caller.post("//v2/images", members)


def lists(demo, admin, tape):
    tape.keep("image-list-empty", demo.get("//v2/images"))
    made(admin, name="public", visibility="public")
    for number in range(3):
        made(demo, name=f"image-{number}", murano_image_info='{"title": "Debian", "type": "linux"}')
    first = tape.keep("image-list-page", demo.get("//v2/images?limit=2"))
    tape.keep("image-list-next-page", demo.get("/" + first.body["next"]))
    tape.keep("image-list-filtered",
              demo.get("//v2/images?name=eq:image-1&disk_format=raw&container_format=bare&status=queued"))
    tape.keep("error-400-image-filter", demo.get("//v2/images?name=ubuntu:24.04"))
    tape.keep("error-400-image-marker", demo.get("//v2/images?marker=nope"))
    tape.keep("error-400-image-limit", demo.get("//v2/images?limit=x"))


def data(demo, tape):
    image = tape.keep("image-create", made(demo, murano_image_info='{"title": "Debian", "type": "linux"}')).body
    path = f"//v2/images/{image['id']}"
    tape.keep("image-queued", demo.get(path))
    tape.keep("error-415-image-upload", demo.send("PUT", f"{path}/file", "abc", content_type="text/plain"))
    tape.keep("image-upload", demo.send("PUT", f"{path}/file", "abc", content_type=DATA))
    tape.keep("image-active", demo.get(path))
    tape.keep("error-409-image-upload-twice", demo.send("PUT", f"{path}/file", "abc", content_type=DATA))
    bare = demo.post("//v2/images", {"name": "bare"}).body
    tape.keep("error-400-image-upload-formats",
              demo.send("PUT", f"//v2/images/{bare['id']}/file", "abc", content_type=DATA))
    large = made(demo, name="large").body
    exchange = demo.send("PUT", f"//v2/images/{large['id']}/file", "x" * (8 * 1024 * 1024 + 1), content_type=DATA)
    exchange.sent = f"<{len(exchange.sent)} bytes>"
    tape.keep("error-413-image-upload", exchange)
    tape.keep("image-delete", demo.delete(path))
    tape.keep("error-404-image-delete", demo.delete(path))


def changes(demo, alt, admin, tape):
    image = made(demo).body
    path = f"//v2/images/{image['id']}"

    def change(name, caller, op, **more):
        tape.keep(name, caller.send("PATCH", path, [{"op": op, **more}], content_type=PATCH))

    change("image-mark", demo, "add", path="/murano_image_info", value='{"title": "Debian"}')
    change("error-409-image-property", demo, "replace", path="/nope", value="x")
    change("error-403-image-read-only", demo, "replace", path="/size", value=1)
    change("error-400-image-property", demo, "add", path="/nope", value=1)
    change("error-404-image-of-others", alt, "add", path="/nope", value="x")
    tape.keep("error-415-image-change", demo.send("PATCH", path, []))
    tape.keep("error-400-image-change", demo.send("PATCH", path, {}, content_type=PATCH))
    change("image-protect", demo, "replace", path="/protected", value=True)
    tape.keep("error-403-image-protected", demo.delete(path))
    path = f"//v2/images/{made(admin, visibility='public').body['id']}"
    change("error-403-image-of-others", demo, "add", path="/nope", value="x")
    tape.keep("error-403-image-delete", demo.delete(path))


def refusals(site, demo, tape):
    tape.keep("error-403-image-public", made(demo, visibility="public"))
    tape.keep("error-400-image-disk-format", made(demo, disk_format="floppy"))
    tape.keep("error-400-image-name", made(demo, name="x" * 256))
    tape.keep("error-400-image-body", demo.post("//v2/images", "{"))
    tape.keep("error-404-image", demo.get("//v2/images/nope"))
    tape.keep("error-404-image-path", demo.get("//v2/nope"))
    for name, token in (("none", None), ("wrong", "wrong")):
        stranger = site.stranger(f"somebody with {name} token", token)
        stranger.address = site.glance.netloc
        tape.keep(f"error-401-image-token-{name}", stranger.get("//v2/images"))
