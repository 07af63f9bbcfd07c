"""Results laid out: charts, tables and documents made of what the library found. It computes nothing of its own."""
