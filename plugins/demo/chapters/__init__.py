"""The tour's steps, a module for each chapter. A step's docstring is its title; what it returns is its result."""
