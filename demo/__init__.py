"""Zegel with everything around it on one machine: what the demo, the end-to-end tests and the bench start."""
