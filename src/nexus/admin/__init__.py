"""What administrators look at across the rooms."""
