"""For the authors of plugins: start one, and check one."""
