"""Files that hang on records."""

from __future__ import annotations

import os
from typing import Any, Optional

from ..query import Query
from .exceptions import InvalidUsage, by_key, translated
from .response import RecordResponse, Response


class Attachment:
    """The files that hang on the records of a table. From `Resource.attachments`."""

    def __init__(self, resource: Any, table_name: str) -> None:
        self.resource = resource
        self.table_name = table_name

    def get(self, sys_id: Optional[str] = None, limit: int = 100) -> list[dict[str, Any]]:
        """What is known of the files of a record, or of all records of the table: `limit` at most."""
        if limit == 0:
            return []
        with translated():
            rows = self._files.list(self.table_name, sys_id, Query().limit(limit))
            return [row.as_dict() for row in rows]

    def upload(self, sys_id: str, file_path: str, name: Optional[str] = None, multipart: bool = False) -> Response:
        """Hangs a file on a record, under its own name or another. Its media type is that which the name suggests."""
        if not isinstance(multipart, bool):
            raise InvalidUsage(f"multipart: it is {type(multipart).__name__}; accepted is bool")
        # The package takes bytes for what is in the file.
        file_path = os.fsdecode(file_path)
        # Says what is wrong with the path as Python does: FileNotFoundError and the like.
        with open(file_path, "rb"):
            pass
        with translated():
            sent = self._files.upload(
                self.table_name, sys_id, file_path, file_name=name or os.path.basename(file_path), multipart=multipart)
            return RecordResponse(self.resource, "POST", sent.as_dict())

    def delete(self, sys_id: str) -> dict[str, str]:
        """Deletes a file, by its own `sys_id`. Raises `NoResults` where there is none."""
        with translated(), by_key():
            self._files.delete(sys_id)
        return {"status": "record deleted"}

    @property
    def _files(self) -> Any:
        return self.resource.client.snow.attachments
