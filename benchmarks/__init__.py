"""Benchmarks of the harness itself: how well it tells a difference from noise.

`make bench` runs them; each writes a table, `<run folder>/benchmarks/<name>.csv`, that METHODOLOGY.md shows.
"""
