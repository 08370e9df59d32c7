"""Makes a plug-in for Eider of one function. Needs pyarrow, and pandas where the function does.

    from eider_plugin import plugin

    @plugin
    def clean(table):
        return table.filter(...)

The function gets all rows of a file as a pyarrow.Table and returns one. `@plugin.batches` gets a
pyarrow.RecordBatch at a time, so that files of any size go through in little memory; it returns one
for each, or None, all with the same schema. `@plugin.pandas` gets and returns a DataFrame.

Where the file that holds the function is the program, it serves file after file from its decoration
on, so the function comes last. What it prints goes to standard error, of which Eider tells the last
lines when it fails; an exception fails the file.
"""

import os
import sys

import pyarrow as pa


def _serve(convert):
    """Calls convert(reader, write) for each stream on standard input, until it ends."""
    rows_in = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
    rows_out = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)  # what anybody prints is no part of a stream
    while rows_in.peek(1):
        reader = pa.ipc.open_stream(rows_in)
        convert(reader, lambda schema: pa.ipc.new_stream(rows_out, schema))
        for _ in reader:  # the next stream begins behind the end of this one
            pass
        rows_out.flush()


def _by_table(function):
    def convert(reader, write):
        table = function(reader.read_all())
        with write(table.schema) as writer:
            writer.write_table(table)

    return convert


def _by_batch(function):
    def convert(reader, write):
        nothing = pa.RecordBatch.from_pylist([], schema=reader.schema)
        writer = None
        for batch in reader:
            made = function(batch)
            if made is None:
                continue
            writer = writer or write(made.schema)
            writer.write_batch(made)
        if writer is None:  # a stream without rows has columns all the same
            made = function(nothing)
            writer = write(nothing.schema if made is None else made.schema)
        writer.close()

    return convert


def _by_frame(function):
    def of_table(table):
        made = function(table.to_pandas())
        return pa.Table.from_pandas(made, preserve_index=False)

    return _by_table(of_table)


def _decorator(convert_by):
    def decorate(function):
        if function.__module__ == "__main__":
            _serve(convert_by(function))
            sys.exit(0)
        return function

    return decorate


plugin = _decorator(_by_table)
plugin.batches = _decorator(_by_batch)
plugin.pandas = _decorator(_by_frame)
