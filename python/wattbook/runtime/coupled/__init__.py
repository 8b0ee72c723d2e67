"""Coupled auctions in the trading day: a generated market, the desk's bids in it, its clearing."""
