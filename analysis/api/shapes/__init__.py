"""What goes in and out, as serializers: inputs are read by them, outputs are described by them.

Outputs are plain dictionaries made from ``.values()``, several times cheaper than serializing models; tests hold every
answer against the document that is written from these shapes.
"""
