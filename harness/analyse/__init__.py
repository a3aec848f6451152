"""What tables say: summaries, comparisons, fits, marks. Uses errors, estimates, plan, machine and store."""
