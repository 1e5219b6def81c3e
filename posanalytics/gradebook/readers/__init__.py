"""One reader per export format."""
