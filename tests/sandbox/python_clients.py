#!/usr/bin/env python3
"""Lets python-muranoclient and the OpenStack command line do everything they can on a running cloud.

Usage: python_clients.py CLOUDS_YAML FOLDER_OF_PROGRAMS. What a step says is looked at, not only its exit
code. Steps that build on each other form a lane; lanes run side by side, for the programs start slowly.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zipfile

sys.dont_write_bytecode = True
import lanes  # noqa: E402

# No program looks for missing packages in the internet: nobody listens there.
NO_REPOSITORY = "http://127.0.0.1:9/"


class Cloud:
    """Who may sign in, by the name of the user, and where."""

    def __init__(self, clouds, programs):
        text = pathlib.Path(clouds).read_text()
        # One "key: value" a line: no YAML library is needed.
        entries = re.split(r"^  ([\w-]+):$", text, flags=re.MULTILINE)[1:]
        settings = [dict(re.findall(r"^\s+(\w+): (\S+)$", block, flags=re.MULTILINE)) for block in entries[1::2]]
        self.people = {settings["username"]: settings for settings in settings}
        self.programs = pathlib.Path(programs)
        self.auth_url = self.people["demo"]["auth_url"]

    def environment(self, who):
        """The variables for a user, or none when a lane brings its own."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("OS_", "MURANO_"))}
        person = {f"OS_{key.upper()}": value for key, value in self.people[who].items()} if who else {}
        return {**clean, **person, "MURANO_REPO_URL": NO_REPOSITORY, "OS_IDENTITY_API_VERSION": "3",
                "PYTHONWARNINGS": "ignore", "COLUMNS": "200"}


class Run:
    """What a program did."""

    def __init__(self, command, finished):
        self.command, self.code = command, finished.returncode
        # Warnings stand between the lines that matter and end in an escape sequence.
        lines = [line for line in finished.stdout.splitlines() if not line.endswith("\x1b[00m")]
        self.out, self.err = "\n".join(lines), finished.stderr

    @property
    def rows(self):
        """The table, one dictionary a row."""
        lines = [line for line in self.out.splitlines() if line.startswith("|")]
        heads, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [dict(zip(heads, row)) for row in rows]

    @property
    def fields(self):
        """A table of two columns as a dictionary; what takes several lines is joined."""
        fields, last = {}, None
        for row in self.rows:
            name, value = row.values()
            if name:
                last, fields[name] = name, value
            else:
                fields[last] += value
        return fields

    @property
    def json(self):
        """The JSON document at the end, behind sentences if there are any."""
        start = re.search(r'^([\[{"\d]|true|false|null)', self.out, flags=re.MULTILINE)
        return json.loads(self.out[start.start():])

    @property
    def all(self):
        return self.out + self.err


class LaneEnds(Exception):
    """A step failed that others build on."""


class Lane:
    """Steps in a row, done by one user unless told otherwise."""

    lock = threading.Lock()

    def __init__(self, cloud, who, scratch):
        self.cloud, self.who, self.scratch = cloud, who, pathlib.Path(scratch)
        self.passed = self.failed = 0

    def run(self, program, arguments, who=None, variables=None):
        command = [str(self.cloud.programs / program), *map(str, arguments)]
        variables = variables or self.cloud.environment(who or self.who)
        finished = subprocess.run(command, env=variables, cwd=self.scratch, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=180)
        return Run(" ".join([program, *map(str, arguments)]), finished)

    def murano(self, *arguments, holds, **options):
        return self.step("murano", arguments, holds, **options)

    def openstack(self, *arguments, holds, **options):
        return self.step("openstack", arguments, holds, **options)

    def step(self, program, arguments, holds, code=0, title=None, tries=1, **options):
        """Run a program until the condition holds for what it said, at most so many times."""
        for _ in range(tries):
            run = self.run(program, arguments, **options)
            with contextlib.suppress(Exception):
                if run.code == code and holds(run):
                    self.tell("ok   ", title or shortened(run.command) + (": refused" if code else ""))
                    return run
            time.sleep(0.3 if tries > 1 else 0)
        self.tell("WRONG", f"{run.command} (exit {run.code})")
        self.show(run)
        raise LaneEnds

    def show(self, run):
        with self.lock:
            for name in ("out", "err"):
                for line in getattr(run, name).splitlines()[-20:]:
                    print(f"      {name}: {line}")

    def tell(self, verdict, what):
        self.passed, self.failed = (self.passed + 1, self.failed) if verdict == "ok   " else (self.passed, self.failed + 1)
        with self.lock:
            print(verdict, what, flush=True)

    def file(self, name, content):
        """A file with a JSON document; gives its path."""
        path = self.scratch / name
        path.write_text(json.dumps(content))
        return path

    def zipped(self, folder, name):
        """An archive of a folder; gives its path."""
        path = self.scratch / name
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(file for file in folder.rglob("*") if file.is_file()):
                archive.write(file, file.relative_to(folder))
        return path


def shortened(command):
    """A command without ids and folders, which say nothing."""
    command = re.sub(r" -f json| --murano-repo-url \S+|(?<!\S)\S*/(?=\S)", "", command)
    return re.sub(r"\b[0-9a-f]{32}\b", "ID", command)


def walk(lane, steps):
    try:
        steps(lane)
    except LaneEnds:
        pass
    except Exception:  # A step said what no later step could use.
        lane.tell("WRONG", f"{steps.__name__}: {traceback.format_exc()}")
    return lane


def main(clouds, programs):
    cloud = Cloud(clouds, programs)
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(3) as pool:
        todo = []
        for who, steps in lanes.LANES:
            folder = pathlib.Path(scratch, steps.__name__)
            folder.mkdir()
            todo.append(pool.submit(walk, Lane(cloud, who, folder), steps))
        done = [each.result() for each in todo]
    passed, failed = sum(lane.passed for lane in done), sum(lane.failed for lane in done)
    print(f"test result: {'ok' if not failed else 'FAILED'}. {passed} passed; {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
