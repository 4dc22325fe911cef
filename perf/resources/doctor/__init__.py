"""The doctor: what is set, what should be, why, and the line that puts it right.

Readers look at the machine and the servers and give back plain values; rules judge those values and touch nothing.
Rooms register a section of both in a module that ``settings.DOCTOR`` names::

    register("host", _("This machine"), RULES, read_host)
"""
