"""A number for each visit: clicks of one visitor with less than half an hour between them."""

import pandas as pd

from eider_plugin import plugin


@plugin.pandas
def sessions(clicks):
    clicks = clicks.sort_values(["visitor", "at"])
    is_new = clicks.groupby("visitor")["at"].diff().fillna(pd.Timedelta.max) > pd.Timedelta("30min")
    clicks["session"] = is_new.groupby(clicks["visitor"]).cumsum()
    return clicks
