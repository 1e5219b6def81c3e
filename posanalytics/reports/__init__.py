"""Notebooks made into reports: parameters, runner, page and index."""

from posanalytics.reports.index import IndexEntry, slug, write_index
from posanalytics.reports.parameters import Facts, Parameter, ParameterRefused, checked, declared
from posanalytics.reports.runner import (
    Job,
    ReportFailed,
    ReportResult,
    job_key,
    run_report,
    run_reports,
)

__all__ = [
    "Facts",
    "IndexEntry",
    "Job",
    "Parameter",
    "ParameterRefused",
    "ReportFailed",
    "ReportResult",
    "checked",
    "declared",
    "job_key",
    "run_report",
    "run_reports",
    "slug",
    "write_index",
]
