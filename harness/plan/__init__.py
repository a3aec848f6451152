"""What is to be measured: declarations, expressions, runners, cases. Uses nothing but errors and paths."""
