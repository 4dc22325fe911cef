"""How answers travel: compressed where that gives nothing away, kept where a stale one does no harm, asked for once.

docs/delivery.md holds the rules by class of address; a test reads its table and asks the product.
"""
