"""What the documents show of `python -m lab` is what the lab takes."""

import shlex

import pytest
from ansible_collections.kubewright.cluster.tests.docs import commands

from lab import __main__ as lab

SHOWN = sorted({one.text for one in commands.documented() if " -m lab " in one.text})


@pytest.mark.parametrize("command", SHOWN)
def test_the_lab_takes_the_arguments(command: str) -> None:
    lab.parser().parse_args(shlex.split(command.partition(" -m lab ")[2]))
