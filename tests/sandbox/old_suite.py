#!/usr/bin/env python3
"""Runs the functional tests of python-muranoclient with the program `murano` of a folder.

Usage: old_suite.py CLOUDS_YAML FOLDER_OF_PROGRAM. The tests come with the client and are run as they are, by the
administrator, in processes side by side: most of the time they wait for the service. Two of them are skipped by
themselves: they need a repository that is gone.
"""
import concurrent.futures
import os
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from python_clients import Cloud  # noqa: E402

SUITE = "muranoclient.tests.functional.cli.test_murano"
TESTS = 47
# The longest first. What needs the engine is in one: it may lose one of two tasks that it has at the same time.
LANES = [
    ["DeployMuranoEnvironmentTest", "StaticActionMuranoClientTest"],
    ["PackageMuranoSanityClientTest", "BundleMuranoSanityClientTest", "CategoryMuranoSanityClientTest",
     "SimpleReadOnlyMuranoClientTest"],
    ["TableStructureMuranoClientTest", "EnvironmentMuranoSanityClientTest", "EnvTemplateMuranoSanityClientTest"],
]


class Result(unittest.TestResult):
    """Tells each test on a line."""

    def tell(self, verdict, test, more=""):
        print(verdict, test.id().removeprefix(SUITE + "."), more, flush=True)

    def addSuccess(self, test):
        self.tell("ok   ", test)

    def addSkip(self, test, reason):
        self.tell("skip ", test, f"({reason})")

    def addError(self, test, error):
        self.addFailure(test, error)

    def addFailure(self, test, error):
        self.tell("WRONG", test)
        for line in self._exc_info_to_string(error, test).splitlines()[-20:]:
            print("     ", line)


class OnLoopback(socketserver.TCPServer):
    """A server that only this computer reaches: the tests serve a repository to everybody."""

    def __init__(self, address, *arguments, **options):
        super().__init__(("127.0.0.1", address[1]), *arguments, **options)


def run(classes):
    socketserver.TCPServer = OnLoopback
    names = [f"{SUITE}.{name}" for name in classes]
    unittest.defaultTestLoader.loadTestsFromNames(names).run(Result())


def main(clouds, programs):
    variables = Cloud(clouds, "").environment("admin") | {"OS_MURANOCLIENT_EXEC_DIR": programs}

    def start(classes):
        command = [sys.executable, os.path.abspath(__file__), "--run", *classes]
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(command, env=variables | {"TMPDIR": scratch}, cwd=scratch, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=1800)
        print(done.stdout, end="", flush=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
        return done.stdout.splitlines()

    with concurrent.futures.ThreadPoolExecutor(len(LANES)) as pool:
        lines = [line for told in pool.map(start, LANES) for line in told]
    passed = sum(line.startswith("ok ") for line in lines)
    skipped = sum(line.startswith("skip ") for line in lines)
    failed = TESTS - passed - skipped
    print(f"test result: {'ok' if not failed else 'FAILED'}. {passed} passed; {failed} failed; {skipped} ignored")
    sys.exit(failed > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2:])
    else:
        main(sys.argv[1], str(pathlib.Path(sys.argv[2]).resolve()))
