"""Silk, tamed: only superusers see it, no values are kept, and it records only what somebody asked for.

``recording`` decides for a request whether it is recorded (a share of all, or what a session asks for), ``jobs`` for a
job; ``capture`` notes its statements, ``records`` writes silk's rows. ``sessions`` begins and ends sessions, ``live``
tells every process which are open. ``evidence`` reads what was recorded, ``pruning`` throws it away.
"""
