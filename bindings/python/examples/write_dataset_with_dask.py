"""Writes a table as one Parquet dataset, of which each worker of a cluster reads and writes parts: libsnow and Dask.

Usage: SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \\
       python3 write_dataset_with_dask.py incident number,opened_at,active incidents

The cluster is two processes of this machine; in place of LocalCluster, `dask.distributed.Client("tcp://...")` uses one
whose workers have libsnow, the environment variables and the folder.
"""

import os
import sys

import pyarrow
import snow
from dask.distributed import LocalCluster
from pyarrow import parquet


def connected():
    names = ("SNOW_INSTANCE", "SNOW_USER", "SNOW_PASSWORD")
    return snow.Client.basic(*(os.environ[name] for name in names))


def write(shard, path, table, fields):
    """Reads one part of the table into one file, on a worker. It may be done again: the file is then replaced."""
    with connected() as client:
        # The workers are what reads at once.
        export = client.export(table, snow.Query(shard).fields(*fields)).connections(1)
        reader = pyarrow.RecordBatchReader.from_stream(export)
        with parquet.ParquetWriter(path + ".partial", reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    os.replace(path + ".partial", path)
    return export.counts["received"]


def main():
    table, fields, folder = sys.argv[1:]
    with connected() as client:
        shards = client.shards(table, count=8)
    os.makedirs(folder)
    paths = [os.path.abspath(os.path.join(folder, f"part-{number}.parquet")) for number in range(len(shards))]
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with cluster.get_client() as workers:
            written = workers.map(write, shards, paths, table=table, fields=fields.split(","))
            rows = sum(workers.gather(written))
    print(f"{rows} rows in {len(paths)} files of {folder}")


if __name__ == "__main__":
    main()
