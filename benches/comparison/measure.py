"""What one run of a program costs: wall time, processor time, peak memory."""
import os
import pathlib
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass

GNU_TIME = "/usr/bin/time"


class Failed(Exception):
    """A program that had to succeed did not."""


@dataclass
class Cost:
    """Sums over the programs of one run; the memory is that of the largest."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: int = 0

    def add(self, other):
        self.wall += other.wall
        self.cpu += other.cpu
        self.memory = max(self.memory, other.memory)


class Runner:
    """Runs programs in an environment and counts what they cost.

    Time is that from the spawn to the end of the process, processor time what the kernel counted for it and its
    children. The kernel counts the memory of whoever starts a program as that program's, too, and Python is larger
    than what is measured here: for the memory a program is run once more, below GNU time, which is small.
    """

    def __init__(self, environment, scratch, memory=False):
        self.environment, self.memory = environment, memory
        self.scratch = pathlib.Path(scratch)
        self.cost = Cost()

    def __call__(self, *words):
        """Runs a program and returns what it printed."""
        words = [str(word) for word in words]
        measured = self.scratch / "measured"
        if self.memory:
            words = [GNU_TIME, "--quiet", "-f", "%M", "-o", str(measured), *words]
        out, err = self.scratch / "out", self.scratch / "err"
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, out, write, 0o600),
                   (os.POSIX_SPAWN_OPEN, 2, err, write, 0o600)]
        began = time.perf_counter()
        pid = os.posix_spawnp(words[0], words, self.environment, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - began
        if status:
            said = err.read_text(errors="replace").strip()[-500:]
            raise Failed(f"{' '.join(words)[:300]}: status {os.waitstatus_to_exitcode(status)}: {said}")
        memory = int(measured.read_text()) * 1024 if self.memory else 0
        self.cost.add(Cost(wall, usage.ru_utime + usage.ru_stime, memory))
        return out.read_text(errors="replace")

    def alone(self, *words):
        """Runs a program and returns what this run cost."""
        self.cost = Cost()
        self(*words)
        return self.cost


def median(costs):
    """The median of each column over the timed runs, the largest of the memory over all."""
    timed = [cost for cost in costs if not cost.memory]
    return Cost(statistics.median(cost.wall for cost in timed), statistics.median(cost.cpu for cost in timed),
                max(cost.memory for cost in costs))


def provide_gnu_time():
    """GNU time is there, or becomes so where Debian and root allow it."""
    if not os.path.exists(GNU_TIME) and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "-qq", "update"], check=False, **quiet)
        subprocess.run(["apt-get", "-qq", "-y", "install", "time"], check=False, **quiet)
    if not os.path.exists(GNU_TIME):
        raise Failed(f"{GNU_TIME} is missing: install GNU time, which measures the memory")
