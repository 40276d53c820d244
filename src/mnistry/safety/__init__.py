"""What keeps files of other people from hanging, filling or ending the program; knows nothing of digits.

`regular_file` opens no pipe and no device, `strict_json` reads JSON that is bounded, `limits` holds every bound of
reading, `memory` bounds a process, `bounded_process` runs what may take too long or too much in a process that can
be ended, `atomic_write` leaves a file whole or not there. See docs/design/0011.
"""
