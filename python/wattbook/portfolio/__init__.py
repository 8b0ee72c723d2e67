"""What is held and what it earned: settlement of imbalances, P&L by delivery period."""
