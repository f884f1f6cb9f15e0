"""Reporting: results as tables and figures."""

from simsuff.reporting.records import csv_table, study_record
from simsuff.reporting.row import Counts, Row, count, rows_of, visible
from simsuff.reporting.run import Run
from simsuff.reporting.summary import terminal_summary
from simsuff.reporting.table import Table, table_of, terminal_table
from simsuff.reporting.write import write_report

__all__ = [
    "Counts",
    "Row",
    "Run",
    "Table",
    "count",
    "csv_table",
    "rows_of",
    "study_record",
    "table_of",
    "terminal_summary",
    "terminal_table",
    "visible",
    "write_report",
]
