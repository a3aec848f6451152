"""What is kept of a benchmark: records, run folders, tables. Uses errors, paths and plan."""
