"""aiosnow: its own model of an incident, which names the type of every field."""

import asyncio
import os
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
import aiosnow
from aiosnow.exceptions import NoItems, RequestError
from aiosnow.models.table.declared import IncidentModel

from ground import HOST, PASSWORD, ROWS, USER, equal


async def refused(call, kind, what):
    try:
        await call
    except kind as error:
        return error
    sys.exit(f"{what}: no {kind.__name__}")


async def pages(incidents):
    seen = [row["sys_id"] async for _, row in incidents.stream(limit=3000, page_size=500)]
    equal(len(seen), ROWS, "rows of a stream")
    equal(len(set(seen)), ROWS, "rows of a stream, each once")
    some = await incidents.get(IncidentModel.priority.equals(1), limit=20)
    equal({row["priority"].key for row in some.data}, {1}, "priorities")


async def writes(incidents):
    made = await incidents.create({"short_description": "Judged by aiosnow", "impact": 2})
    number = made["number"]
    found = await incidents.get_one(IncidentModel.number == number)
    equal(found["short_description"], "Judged by aiosnow", "the row made")
    changed = await incidents.update(found["sys_id"], {"impact": 1})
    equal((changed["impact"].key, changed["impact"].value), (1, "1 - High"), "the row changed")

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "judged.txt")
        with open(path, "w") as file:
            file.write("as aiosnow sent it")
        sent = await incidents.upload_file(found["sys_id"], path)
        equal((sent["file_name"], sent["size_bytes"]), ("judged.txt", 18), "the attachment")
        os.unlink(path)
        await incidents.download_file(sent["sys_id"], directory)
        with open(path) as file:
            equal(file.read(), "as aiosnow sent it", "what the attachment holds")

    equal((await incidents.delete(found["sys_id"])).status, 204, "status of a deletion")
    await refused(incidents.get_one(IncidentModel.number == number), NoItems, "a row that is gone")
    gone = await refused(incidents.update(found["sys_id"], {"impact": 2}), RequestError, "gone")
    equal(gone.status, 404, "status of a row that is gone")


async def errors():
    stranger = aiosnow.Client(HOST, basic_auth=(USER, "wrong"), use_ssl=False)
    async with IncidentModel(stranger, table_name="incident") as incidents:
        error = await refused(incidents.get(limit=1), RequestError, "a wrong password")
        equal(error.status, 401, "status of a wrong password")


async def main():
    client = aiosnow.Client(HOST, basic_auth=(USER, PASSWORD), use_ssl=False)
    async with IncidentModel(client, table_name="incident") as incidents:
        await pages(incidents)
        await writes(incidents)
    await errors()


asyncio.run(main())
