"""What a study checks about its models and its design, each with a verdict in words."""
