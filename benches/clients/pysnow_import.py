"""Imports pysnow."""

from measure import Measured

with Measured() as measured:
    import pysnow  # noqa: F401

    measured.count = 1
