"""All scenes in the order they need."""
import actions
import environments
import packages
import sessions
import templates
import transport
from stage import Stage


def play(site, tape):
    """Drive a service through every route, with the tape running. It is empty before and afterwards."""
    stage = Stage(site, tape)
    stage.clear()
    transport.record(stage)
    packages.record(stage)
    for folder in ("slow", "failing"):
        stage.package(folder)
    # packages.record leaves the greeter behind, disabled.
    stage.clear()
    for folder in ("versioned", "slow", "failing", "library"):
        stage.package(folder)
    environments.record(stage)
    sessions.record(stage)
    actions.record(stage)
    templates.record(stage)
    stage.clear()
