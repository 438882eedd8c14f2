"""Where pysnow has its `OAuthClient`."""

from .client import OAuthClient

__all__ = ["OAuthClient"]
