"""For operators: the doctor that names what is wrong with an installation, the probes, and the metrics.

It looks at all other concerns and changes nothing; none of them knows it. What it cannot know by itself is plugged in:
further checks of the doctor (`doctor.Check`) and further families of metrics (`metrics.Family`).
"""
