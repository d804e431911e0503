"""A few random stories; `python -m tests.faults stories` tells many."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import Bench
from tests.faults import proof
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


def test_a_broken_promise_is_told_with_its_seed_and_its_story(monkeypatch, tmp_path):
    def check(_bench, run):
        assert run.id < 1, f"run {run.id} is one too many"

    monkeypatch.setattr(Bench, "check", check)
    # The workspace as it was found is kept there.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(AssertionError) as caught:
        proof.stories(seed=1, count=1)
    assert list(tmp_path.glob("broken-story-*"))
    first, *story = str(caught.value).splitlines()
    assert first == "seed 1, story 1: run 1 is one too many"
    assert "begin(" in story[0]
    assert any("run 1 successful" in line for line in story)
