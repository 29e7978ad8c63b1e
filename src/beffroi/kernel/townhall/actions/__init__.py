"""What is written: the inventory, steps ticked by hand, exports."""
