"""The tuner: it turns knobs one step at a time, measures what came of it, and takes back what made things worse.

``samples``, ``rules``, ``search`` and ``hints`` are plain data and arithmetic; ``signals`` says what is measured for
which knob; ``loop`` does it, ``verbs`` is what people and the loop do to rows, ``replay`` says what it would have done.
"""
