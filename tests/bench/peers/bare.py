"""DuckDB to an HTTP client, four requests in flight: no plan, no ledger, no journal, no retries.

python bare.py PARQUET URL CLIENT, where CLIENT is `httpx` or `httpx2`.
"""

from __future__ import annotations

import asyncio
import importlib
import sys

import duckdb

BODIES = """
    select to_json({Email: email, FirstName: first_name, LastName: last_name, MailingCity: city,
        custom: {'integer--NPS': nps}})::varchar
    from read_parquet(?)"""


async def main(parquet: str, url: str, client: str) -> None:
    rows = duckdb.connect().execute(BODIES, [parquet])
    headers = {"autopilotapikey": "bench-key", "content-type": "application/json"}
    async with importlib.import_module(client).AsyncClient(headers=headers) as sender:

        async def work() -> None:
            while batch := rows.fetchmany(100):
                body = '{"contacts":[' + ",".join(row[0] for row in batch) + "]}"
                answer = await sender.post(f"{url}/v1/contacts", content=body.encode())
                answer.raise_for_status()

        await asyncio.gather(*(work() for _ in range(4)))


asyncio.run(main(*sys.argv[1:]))
