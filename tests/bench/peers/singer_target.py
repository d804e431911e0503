"""singer-sdk: a target whose BatchSink posts batches of 100. JSON lines of a tap come in by stdin.

python singer_target.py FOLDER URL < messages.jsonl
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sending import Sending
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class BenchSink(BatchSink):
    max_size = 100

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._sending = Sending(self.config["url"])

    def process_batch(self, context: dict[str, Any]) -> None:
        self._sending.post(context["records"])


class BenchTarget(Target):
    name = "target-bench"
    config_jsonschema = th.PropertiesList(th.Property("url", th.StringType)).to_dict()
    default_sink_class = BenchSink


def main(folder: Path, url: str) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps({"url": url}))
    BenchTarget.cli(["--config", str(config)])


main(Path(sys.argv[1]), sys.argv[2])
