"""What stands beside a page: its tables as a workbook, the appendix to print, the notebook."""
