"""What the routes of the desk answer with."""
