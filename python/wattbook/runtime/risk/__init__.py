"""Risk of recorded prices, of runs and of generated books."""
