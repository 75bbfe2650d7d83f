"""When to update, on which examples, and how each policy is called. No torch."""
