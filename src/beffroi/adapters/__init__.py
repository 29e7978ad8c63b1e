"""The outside world where it has a protocol of its own; the real part and the shipped fake side by side."""
