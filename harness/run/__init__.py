"""What runs programs and judges them: rounds, memory pass, vectors. Uses all but analyse and tell."""
