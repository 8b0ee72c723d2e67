"""Tables on disk: the events of a run as Parquet, prices as exact decimals."""

from wattbook.store.tables import frames, read_tables, whole_numbers, write_tables

__all__ = ["frames", "read_tables", "whole_numbers", "write_tables"]
