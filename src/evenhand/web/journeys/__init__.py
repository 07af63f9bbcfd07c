"""One file a thing that the city or a resident does across domains: one transaction, effects through the outbox."""
