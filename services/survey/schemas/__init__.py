"""What the survey service sends and receives, by resource."""
