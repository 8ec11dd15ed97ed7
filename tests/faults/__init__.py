"""What is killed in the middle of its work; `make faults` runs it, for it waits longer than the other tests may."""
