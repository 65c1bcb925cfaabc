"""Health: how each connection stands, what is wrong with it, and the button that mends it."""
