"""What is every speed figure a ratio to? The script that a user would write instead: an hour, the same six packages.

    python benchmarks/naive_peer.py FILE [--dry-run] [--out results.csv] [--base-url http://127.0.0.1:8080]
        [--region US] [--concurrency 50]

It is the project's yardstick and stays as it is: pandas, phonenumbers row by row, httpx's own pool, tenacity.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click
import httpx
import pandas as pd
import phonenumbers
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential


def normalise(raw: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@retry(
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.5, max=10),
    reraise=True,
    retry=retry_if_exception_type((httpx.TransportError, httpx.HTTPStatusError)),
)
async def post(client: httpx.AsyncClient, payload: dict[str, str]) -> int:
    response = await client.post("/contacts/update", json=payload)
    response.raise_for_status()
    return response.status_code


async def send_all(rows: pd.DataFrame, base_url: str, key: str, concurrency: int) -> list[tuple[str, str]]:
    gate = asyncio.Semaphore(concurrency)
    async with httpx.AsyncClient(base_url=base_url, headers={"X-API-Key": key}, timeout=30) as client:

        async def one(row: Any) -> tuple[str, str]:  # noqa: ANN401  # a named tuple that pandas makes
            payload = {"phone": row.e164, "status": row.status}
            if row.campaign:
                payload["campaignId"] = row.campaign
            async with gate:
                try:
                    return "sent", str(await post(client, payload))
                except httpx.HTTPStatusError as error:
                    return "failed", str(error.response.status_code)
                except httpx.TransportError as error:
                    return "failed", str(error)

        return await asyncio.gather(*[one(row) for row in rows.itertuples(index=False)])


@click.command()
@click.argument("path")
@click.option("--base-url", default="http://127.0.0.1:8080")
@click.option("--key", default="k", envvar="BULK_SYNC_API_KEY")
@click.option("--region", default="US")
@click.option("--concurrency", default=50)
@click.option("--out", default="results.csv")
@click.option("--dry-run", is_flag=True)
def main(path: str, *, base_url: str, key: str, region: str, concurrency: int, out: str, dry_run: bool) -> None:
    read = pd.read_excel if path.endswith((".xlsx", ".xls")) else pd.read_csv
    rows = read(path, dtype=str, keep_default_na=False)
    rows["e164"] = rows["phone"].apply(normalise, region=region)
    rows["outcome"] = "pending"
    rows.loc[rows["e164"].isna(), "outcome"] = "invalid"
    rows.loc[rows["e164"].notna() & rows.duplicated("e164"), "outcome"] = "duplicate"
    todo = rows[rows["outcome"] == "pending"]
    if not dry_run:
        results = asyncio.run(send_all(todo, base_url, key, concurrency))
        rows.loc[todo.index, "outcome"] = [r[0] for r in results]
        rows.loc[todo.index, "detail"] = [r[1] for r in results]
    if out.endswith(".xlsx"):
        rows.to_excel(out, index=False)
    else:
        rows.to_csv(out, index=False)
    print(rows["outcome"].value_counts().to_string(), file=sys.stderr)


if __name__ == "__main__":
    main()
