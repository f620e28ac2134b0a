"""What a good engineer writes instead: polars, a kept copy of what was sent, and batches. Right as long as nothing fails."""
import hashlib
import json
import os
import sys

import httpx
import polars as pl

file, url, kept = sys.argv[1:4]
now = pl.read_csv(file)
emails = now["email"].to_list()
now = now.with_columns(pl.Series("hash", [hashlib.sha256(email.encode()).hexdigest() for email in emails]))
before = pl.read_parquet(kept) if os.path.exists(kept) else now.clear()
changed = now.join(before, on=["hash", "country"], how="anti")
gone = before.join(now, on="hash", how="anti")
with httpx.Client() as client:
    for method, rows in (("DELETE", gone), ("POST", changed)):
        for batch in rows.iter_slices(1000):
            members = (
                batch["hash"].to_list()
                if method == "DELETE"
                else batch.select(pl.col("hash").alias("email"), "country").to_dicts()
            )
            body = json.dumps({"members": members})
            headers = {"content-type": "application/json"}
            client.request(method, f"{url}/members", content=body, headers=headers).raise_for_status()
now.write_parquet(kept)
