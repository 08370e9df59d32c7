"""A plug-in that hands all rows on as they are."""

from eider_plugin import plugin


@plugin.batches
def through(batch):
    return batch
