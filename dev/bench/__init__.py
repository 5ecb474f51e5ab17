"""Benchmarks: each module prints the figures that docs/ shows. `./dev/benchmark NAME` runs one."""
