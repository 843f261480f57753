"""Every command once: the transcripts of tests/cli are played, and each `murano` in them is measured.

Each command with a verb occurs in a transcript, tests see to that. What is printed is not compared here, only the
exit codes are.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from cloud import ROOT, SandboxCloud
from measure import GNU_TIME, Failed

TRANSCRIPTS = ROOT / "tests/cli"
# In this one commands start sandboxes of their own inside their process.
WITH_SERVERS = "sandbox"
HEX = "[0-9a-f]"
UUID = rf"{HEX}{{8}}(?:-{HEX}{{4}}){{3}}-{HEX}{{12}}"
# Ids of requests are none.
IDS = re.compile(rf"(?<![A-Za-z0-9])(?:req-{UUID}|({HEX}{{32}}|{UUID}))")


class Player:
    """Plays one transcript, as tests/cli/transcript.rs does: the n-th new id stands for the number n."""

    def __init__(self, folder, murano, log):
        self.folder, self.ids, self.typed = folder, [], ""
        shims = folder / "shims"
        shims.mkdir()
        measured = f"exec {GNU_TIME} --quiet -a -o {log} -f '%M\t%x\t%C' {murano}"
        (shims / "murano").write_text(f'#!/bin/sh\n{measured} "$@"\n')
        (shims / "murano").chmod(0o700)
        self.environment = {"PATH": f"{shims}:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder / "tmp"),
                            "OS_CLOUD": "sandbox", "MURANO_KEYRING": "none"}
        (folder / "tmp").mkdir()

    def put_back(self, text):
        for number, known in enumerate(self.ids, 1):
            shown = f"{number:032}" if len(known) == 32 else f"00000000-0000-0000-0000-{number:012}"
            text = text.replace(shown, known)
        return text

    def play(self, text):
        """The commands that ended otherwise than written."""
        strange = []
        for info, block in re.findall(r"^```(\S.*)\n((?:.*\n)*?)```$", text, flags=re.MULTILINE):
            if info == "console":
                strange += self.console(block)
            elif " " in info:
                file = self.folder / info.split(" ", 1)[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self.put_back(block))
        return strange

    def console(self, block):
        for command, printed in re.findall(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            if " & " in command:
                # A server in the background: no command that ends by itself.
                continue
            wanted = re.findall(r"^\? (\d+)$", printed, flags=re.MULTILINE)
            code = self.run(command.replace("\n> ", "\n"))
            if code != int(wanted[-1] if wanted else 0):
                yield f"{command}: {code}"

    def run(self, command):
        self.typed += command
        done = subprocess.run(["sh", "-c", self.put_back(command)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        for stream in done.stderr, done.stdout:
            for found in IDS.findall(stream.decode(errors="replace")):
                if found and found not in self.ids and found not in self.typed:
                    self.ids.append(found)
        return done.returncode


def walk(murano, cloud):
    """The commands with their peak memory in bytes, the largest first, and how many there were; twice: those that
    ask a service, and those with a sandbox inside."""
    remote, inside, strange = [], [], []
    for transcript in sorted(TRANSCRIPTS.glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            shutil.copytree(ROOT / "tests/data/packages", folder, dirs_exist_ok=True)
            sandbox = SandboxCloud(cloud, folder / "clouds.yaml")
            log = folder / "memory.log"
            try:
                strange += Player(folder, murano, log).play(transcript.read_text())
            finally:
                sandbox.end()
            lines = re.findall(r"^(\d+)\t\d+\t\S+(.*)$", log.read_text(errors="replace"), flags=re.MULTILINE)
            found = [(int(size) * 1024, f"murano{words}".replace(str(folder), "~")) for size, words in lines]
            (inside if transcript.stem == WITH_SERVERS else remote).extend(found)
    if len(strange) * 50 > len(remote) + len(inside):
        raise Failed("the transcripts are not played as they are written: " + os.linesep.join(strange[:10]))
    return sorted(remote, reverse=True), sorted(inside, reverse=True)
