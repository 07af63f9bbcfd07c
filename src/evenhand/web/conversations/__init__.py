"""Messages both ways: who follows what, and the outbox from which everything that leaves the house is sent."""
