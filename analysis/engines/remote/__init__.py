"""Labels from another instance of this product, by its REST API."""
