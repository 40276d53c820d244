"""What benchmarks/tables.py puts between the markers of the pages: cells of tables, and single values."""
