"""What a file is made of: workbooks, pages and text tables become sheets of cells."""
