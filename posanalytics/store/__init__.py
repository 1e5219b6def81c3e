"""Tidy tables without names on disk: one piece per export, one generation of tables."""

from posanalytics.store.ingest import LoadReport, SourceSummary, ingest
from posanalytics.store.ledger import Ledger
from posanalytics.store.tables import StoreDamaged, Tables, open_tables

__all__ = [
    "Ledger",
    "LoadReport",
    "SourceSummary",
    "StoreDamaged",
    "Tables",
    "ingest",
    "open_tables",
]
