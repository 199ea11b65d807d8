"""What a language model may do besides speaking: its tools, and the loop in which it uses them."""
