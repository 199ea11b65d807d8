"""Language models: whom a tenant asks, in which order, and what that costs."""
