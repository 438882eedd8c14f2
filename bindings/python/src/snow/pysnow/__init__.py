"""pysnow's names, over libsnow: a script that was written for pysnow 0.7.17 runs with its import changed.

    from snow import pysnow                          # in place of: import pysnow
    from snow.pysnow.exceptions import NoResults     # in place of: from pysnow.exceptions import NoResults

    client = pysnow.Client(instance="dev12345", user="admin", password=password)
    incidents = client.resource(api_path="/table/incident")
    for row in incidents.get(query={"active": "true"}, fields=["number"]).all():
        print(row["number"])

What gives something else on purpose is in docs/pysnow.md, under "Deliberate differences". New programs are better
off with `snow` itself, to which `Client.snow` leads.
"""

from .attachment import Attachment
from .client import Client
from .oauth_client import OAuthClient
from .params_builder import ParamsBuilder
from .query_builder import QueryBuilder
from .resource import Resource
from .response import Response

__all__ = ["Attachment", "Client", "OAuthClient", "ParamsBuilder", "QueryBuilder", "Resource", "Response"]
