"""What Wattbook serves to other programs."""
