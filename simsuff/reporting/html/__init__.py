"""The report of a run as one page of HTML that opens offline."""

from simsuff.reporting.html.page import render
from simsuff.reporting.html.report import report_page

__all__ = ["render", "report_page"]
