"""airbyte-cdk: a Destination that posts batches of 100. JSON lines of a source come in by stdin.

python airbyte_destination.py FOLDER URL < messages.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)
from sending import Sending


class Bench(Destination):
    def spec(self, logger: Any) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={"type": "object"})

    def check(self, logger: Any, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        sending = Sending(config["url"])
        batch: list[Mapping[str, Any]] = []
        for message in input_messages:
            if message.type == Type.RECORD:
                batch.append(message.record.data)
                if len(batch) == 100:
                    sending.post(batch)
                    batch = []
            elif message.type == Type.STATE:
                yield message
        if batch:
            sending.post(batch)


def main(folder: Path, url: str) -> None:
    config, catalog = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps({"url": url}))
    stream = {
        "name": "profiles", "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh"],
    }  # fmt: skip
    catalog.write_text(
        json.dumps(
            {
                "streams": [
                    {
                        "stream": stream,
                        "sync_mode": "full_refresh",
                        "destination_sync_mode": "append",
                    }
                ]
            }
        )
    )
    Bench().run(["write", "--config", str(config), "--catalog", str(catalog)])


main(Path(sys.argv[1]), sys.argv[2])
