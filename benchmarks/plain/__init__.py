"""Plain programs beside the kernels."""
