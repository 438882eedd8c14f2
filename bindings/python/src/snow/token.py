"""OAuth tokens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Optional, Union

from ._call import call, handle, sized, string, text
from ._library import lib


class Token:
    """An OAuth token. `as_dict` and `Token(...)` take and give the JSON that pysnow's users have stored.

    Its text is a secret: `repr` does not show it.
    """

    def __init__(self, token: Union[str, Mapping[str, Any]]) -> None:
        """From its JSON, or from what that holds. Raises `ArgumentError` where it is none."""
        written = token if isinstance(token, str) else json.dumps(dict(token))
        self._token = handle(lib.snow_token_from_json, lib.snow_token_free, text("token", written))

    @classmethod
    def _of(cls, token: Any) -> Token:
        made = cls.__new__(cls)
        made._token = token
        return made

    @classmethod
    def from_refresh_token(cls, refresh_token: str) -> Token:
        """A token that is renewed before its first use."""
        written = text("refresh_token", refresh_token)
        return cls._of(handle(lib.snow_token_from_refresh_token, lib.snow_token_free, written))

    @classmethod
    def load(cls, path: Union[str, os.PathLike[str]]) -> Token:
        """From a file. Raises `FileError` or `ArgumentError`."""
        return cls._of(handle(lib.snow_token_load, lib.snow_token_free, text("path", os.fspath(path))))

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes it to a file that only its owner may read, all of it or nothing. Raises `FileError`."""
        call(lib.snow_token_save, self._token, text("path", os.fspath(path)))

    def json(self) -> str:
        """Its JSON, with the secrets."""
        return (sized(lib.snow_token_json, self._token) or b"").decode()

    def as_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        fields: dict[str, Any] = json.loads(self.json())
        return fields

    @property
    def access_token(self) -> Optional[str]:
        """The access token, or None before the first use of a refresh token."""
        return string(lib.snow_token_access_token(self._token))

    @property
    def refresh_token(self) -> Optional[str]:
        """The refresh token, or None."""
        return string(lib.snow_token_refresh_token(self._token))

    @property
    def expires_at(self) -> int:
        """When it ends, in Unix seconds; -1 where that is not known."""
        return int(lib.snow_token_expires_at(self._token))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and self.json() == other.json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Token that ends at {self.expires_at}>"


def copied(borrowed: Any) -> Token:
    """A copy of a token that a callback is lent."""
    return Token((sized(lib.snow_token_json, borrowed) or b"").decode())
