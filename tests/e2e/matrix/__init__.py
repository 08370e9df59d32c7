"""Tables made from a seed, what three writers put into them, and what three readers must find."""
