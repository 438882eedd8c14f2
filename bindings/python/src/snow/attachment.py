"""Files that hang on records."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Optional, Union

from ._call import call, handle, text
from ._callback import Listeners, answered, callback, lend
from ._library import ffi, lib
from .cursor import Cursor
from .query import Selection, selected
from .record import Record
from .request import Response

Path = Union[str, os.PathLike[str]]
#: Told of the bytes that are done, and of all there are (-1 where that is not known).
Progress = Callable[[int, int], object]


class Attachments:
    """The files that hang on records of an instance. From `Client.attachments`."""

    def __init__(self, client: Any, listeners: Listeners) -> None:
        self._client = client
        self._listeners = listeners

    def list(self, table: Optional[str] = None, sys_id: Optional[str] = None, query: Selection = None) -> Cursor:
        """What is known of the files of a record, of a table's records, or of all."""
        of = text("table", table), text("sys_id", sys_id)
        rows = handle(lib.snow_attachment_list, lib.snow_cursor_free, self._client, *of, selected(query))
        return Cursor(rows, self._listeners)

    def get(self, sys_id: str) -> Record:
        """What is known of a file, by its own `sys_id`. Raises `NotFound`."""
        of = text("sys_id", sys_id)
        return Record(handle(lib.snow_attachment_get, lib.snow_record_free, self._client, of))

    def upload(
        self,
        table: str,
        sys_id: str,
        content: Union[Path, bytes, bytearray, memoryview],
        *,
        file_name: Optional[str] = None,
        content_type: Optional[str] = None,
        multipart: bool = False,
        progress: Optional[Progress] = None,
    ) -> Record:
        """Hangs a file on a record: the file at a path, or bytes, which then need a `file_name`.

        The media type is that which the name suggests, unless it is given. What `progress` raises comes out of
        here, and nothing is attached. Raises `FileError` too.
        """
        upload = handle(lib.snow_upload_new, lib.snow_upload_free, text("table", table), text("sys_id", sys_id))
        if isinstance(content, (bytes, bytearray, memoryview)):
            sent = bytes(content)
            call(lib.snow_upload_set_bytes, upload, sent, len(sent))
        else:
            call(lib.snow_upload_set_file, upload, text("content", os.fspath(content)))
        if file_name is not None:
            call(lib.snow_upload_set_file_name, upload, text("file_name", file_name))
        if content_type is not None:
            call(lib.snow_upload_set_content_type, upload, text("content_type", content_type))
        call(lib.snow_upload_set_multipart, upload, int(multipart))
        if progress is not None:
            call(lib.snow_upload_set_progress, upload, _on_progress, *lend(progress))
        return Record(handle(lib.snow_upload_send, lib.snow_record_free, self._client, upload))

    def download(self, sys_id: str) -> bytes:
        """The bytes of a file."""
        of = text("sys_id", sys_id)
        return Response(handle(lib.snow_attachment_download, lib.snow_response_free, self._client, of)).check().body

    def download_file(self, sys_id: str, path: Path, *, progress: Optional[Progress] = None) -> None:
        """Writes a file to a path: all of it, or nothing. Raises `FileError` too."""
        of = text("sys_id", sys_id), text("path", os.fspath(path))
        if progress is None:
            call(lib.snow_attachment_download_file, self._client, *of)
        else:
            lent = lend(progress)
            call(lib.snow_attachment_download_file_with_progress, self._client, *of, _on_progress, *lent)

    def download_to(self, sys_id: str, write: Callable[[bytes], object]) -> None:
        """Gives a file to `write` piece by piece. What that raises comes out of here."""
        of = text("sys_id", sys_id)
        call(lib.snow_attachment_download_to, self._client, of, _on_bytes, *lend(write))

    def rename(self, sys_id: str, file_name: str) -> None:
        """Gives a file another name."""
        of = text("sys_id", sys_id), text("file_name", file_name)
        call(lib.snow_attachment_rename, self._client, *of)

    def delete(self, sys_id: str) -> None:
        """Deletes a file. Raises `NotFound`."""
        call(lib.snow_attachment_delete, self._client, text("sys_id", sys_id))


@callback("snow_progress_fn")
def _on_progress(user_data: Any, done: int, total: int) -> int:
    return answered(user_data, done, total)


@callback("snow_write_fn")
def _on_bytes(user_data: Any, content: Any, length: int) -> int:
    return answered(user_data, bytes(ffi.buffer(content, length)))
