"""What is held and what it earned: the book and its close, settlement, P&L by delivery period."""
