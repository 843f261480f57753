"""The list of requests that the services have got, one file for all of them."""
import datetime
import time


class RequestLog:
    """WSGI wrapper that writes a line per request; README.md describes the columns."""

    def __init__(self, application, path):
        self.application = application
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def __call__(self, environ, start_response):
        began = datetime.datetime.now(datetime.timezone.utc)
        clock = time.monotonic()
        # What is behind may move the beginning of the path elsewhere.
        path = environ.get("RAW_PATH_INFO") or environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING")
        # Stays as it is where the application raises instead of answering.
        status = ["500"]

        def note(line, headers, exc_info=None):
            status[0] = line.split(" ", 1)[0]
            return start_response(line, headers, exc_info)

        try:
            return self.application(environ, note)
        finally:
            columns = (
                began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                environ["REQUEST_METHOD"],
                f"{path}?{query}" if query else path,
                status[0],
                str(round((time.monotonic() - clock) * 1000)),
                environ.get("HTTP_USER_AGENT", "-"),
            )
            self.file.write("\t".join(" ".join(column.split()) for column in columns) + "\n")
