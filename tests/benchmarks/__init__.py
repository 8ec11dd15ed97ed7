"""Benchmarks: ratios within one run, never asserted in a test; `make bench` writes them to docs/performance.md."""
