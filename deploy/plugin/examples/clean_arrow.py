"""Mails in small letters, and without rows that have none: a batch of rows at a time."""

import pyarrow.compute as pc

from eider_plugin import plugin


@plugin.batches
def clean(batch):
    mails = pc.utf8_lower(pc.utf8_trim_whitespace(batch["mail"]))
    batch = batch.set_column(batch.schema.get_field_index("mail"), "mail", mails)
    return batch.filter(pc.match_substring(mails, "@"))
