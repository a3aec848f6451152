"""What runs before anything is installed: doctor and pythons. Uses the standard library only."""
