"""Benchmarks of the harness itself: what it costs, and how well it tells a difference from noise.

`make bench` runs them all; each writes a table, `<run folder>/benchmarks/<name>.csv`, that METHODOLOGY.md
shows.
"""
