"""The machine measured on: cores, calibration, probe, environment, lock. Uses errors, paths and plan."""
