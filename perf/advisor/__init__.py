"""The query adviser: from the statements that cost most to what is wrong with them, the fix, and its effect.

``sources`` says what was slow, ``plans`` how PostgreSQL answers it, ``rules`` what is wrong with that (plain
functions), ``gains`` what a fix is worth, ``filing`` keeps the findings, ``steps`` does what a superuser asks for.
"""
