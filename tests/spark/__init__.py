"""What needs pyspark and Java: `make spark` runs it in an environment of its own."""
