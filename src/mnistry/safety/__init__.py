"""Protects the program from other people's files, which may hang, exhaust or crash it; independent of digits.

`regular_file` refuses pipes and devices, `strict_json` reads JSON of bounded size and depth, `limits` holds every limit
on reading, `memory` limits a process's memory, `bounded_process` runs tasks that may take too long or too much memory
in a process that can be killed, `atomic_write` writes a file completely or not at all. See docs/design/0011.
"""
