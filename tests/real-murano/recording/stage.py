"""What the scenes share: who acts, the packages, and short ways to common situations."""
import pathlib
import uuid

from wire import archive, upload

PACKAGES = pathlib.Path(__file__).resolve().parents[2] / "data/packages"
GREETER, VERSIONED = "com.example.Greeter", "com.example.Versioned"
FAILING, SLOW = "com.example.Failing", "com.example.Slow"


def application(kind, **values):
    """An application as a client sends it."""
    return {"?": {"id": uuid.uuid4().hex, "type": kind}, **values}


class Stage:
    """The people of a site and the tape that listens to them."""

    def __init__(self, site, tape):
        self.tape = tape
        self.demo, self.demo2 = site.callers["demo"], site.callers["demo2"]
        self.alt, self.admin = site.callers["alt"], site.callers["admin"]
        self.nobody = site.stranger("nobody")
        self.impostor = site.stranger("bearer of an invalid token", "nonsense")
        self.keep = tape.keep

    def clear(self):
        """Remove everything but the core libraries, so that lists hold what the scenes put there."""
        for person in (self.demo, self.alt, self.admin):
            for environment in person.get("/environments").body["environments"]:
                person.delete(f"/environments/{environment['id']}?abandon=true")
            for template in person.get("/templates").body["templates"]:
                person.delete(f"/templates/{template['id']}")
            owned = person.get("/catalog/packages?owned=true&include_disabled=true&limit=100").body["packages"]
            for package in owned:
                if not package["fully_qualified_name"].startswith("io.murano"):
                    person.delete(f"/catalog/packages/{package['id']}")
        for category in self.admin.get("/catalog/categories").body["categories"]:
            if category["name"].startswith("Example"):
                self.admin.delete(f"/catalog/categories/{category['id']}")

    def package(self, folder, person=None, **metadata):
        """Upload a package folder and return the package's id."""
        answer = (person or self.demo).post("/catalog/packages", upload(archive(PACKAGES / folder), **metadata))
        assert answer.status == 200, answer.content
        return answer.body["id"]

    def environment(self, name, person=None):
        return (person or self.demo).post("/environments", {"name": name}).body["id"]

    def session(self, environment, *applications):
        """Open a session and add applications to it; return its id."""
        session = self.demo.post(f"/environments/{environment}/configure").body["id"]
        for posted in applications:
            answer = self.demo.post(f"/environments/{environment}/services", posted, session=session)
            assert answer.status == 200, answer.content
        return session

    def submit(self, environment, *applications):
        """Deploy applications without waiting for the end; return the session's id."""
        session = self.session(environment, *applications)
        answer = self.demo.post(f"/environments/{environment}/sessions/{session}/deploy")
        assert answer.status == 200, answer.content
        return session

    def deployed(self, name, *applications, expected="ready"):
        """A new environment with its applications deployed; return its id."""
        environment = self.environment(name)
        self.submit(environment, *applications)
        status = self.demo.settled(environment)
        assert status == expected, f"{name} is {status}"
        return environment
