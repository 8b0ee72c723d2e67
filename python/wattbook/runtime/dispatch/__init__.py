"""Joins a battery that is run with the market that it is sold in."""
