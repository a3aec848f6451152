"""The harness: declares, verifies, measures, collates, draws and reports."""
