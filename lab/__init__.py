"""The lab: real clusters on one machine, from containers that behave as machines. See docs/lab.md."""
