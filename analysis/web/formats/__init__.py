"""Numbers and dates as people in Paraguay write them."""
