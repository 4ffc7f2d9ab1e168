"""What Google's own clients see of a run: says it as JSON. Arguments: BigQuery's address, that of Cloud Storage, the
bucket."""

import json
import sys

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

bigquery_address, storage_address, bucket_name = sys.argv[1:]


def options(address: str) -> ClientOptions:
    return ClientOptions(api_endpoint=address)


tables = bigquery.Client("shop", AnonymousCredentials(), client_options=options(bigquery_address))
objects = storage.Client("shop", AnonymousCredentials(), client_options=options(storage_address))

recommendations = tables.get_table("shop.AIM.AIMData")
rows = list(tables.query("select * from `shop.AIM.AIMData`").result())
bucket = objects.bucket(bucket_name)
status = json.loads(bucket.blob("aim-daily-files/output/job_status.json").download_as_bytes())
results = bucket.blob(f"aim-daily-files/output/{status['output_file']}").download_as_bytes()

print(
    json.dumps(
        {
            "rows": len(rows),
            "columns": len(recommendations.schema),
            "status": status["state"],
            "results": len(results),
        }
    )
)
