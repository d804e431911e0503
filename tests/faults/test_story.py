"""A few random stories; `python -m tests.faults stories` tells many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.story import Story


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch):
    monkeypatch.setenv("SEGPORT_NO_KEYRING", "1")


def test_no_story_loses_repeats_or_claims_anything():
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=4,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
