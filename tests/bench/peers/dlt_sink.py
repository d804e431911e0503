"""dlt: a custom destination with batches of 100; Arrow comes in, Parquet files go between.

python dlt_sink.py FOLDER URL PARQUET
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dlt
import pyarrow.parquet
from sending import Sending


def main(folder: str, url: str, parquet: str) -> None:
    sending = Sending(url)

    @dlt.destination(batch_size=100, loader_file_format="parquet", name="bench")
    def sink(items: Any, table: Any) -> None:
        sending.post(items.to_pylist())

    pipeline = dlt.pipeline(
        "bench", destination=sink, pipelines_dir=str(Path(folder) / "pipelines"), progress=None
    )
    pipeline.run(pyarrow.parquet.read_table(parquet), table_name="profiles")


main(*sys.argv[1:])
