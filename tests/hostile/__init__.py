"""Files made to break a reader, and broken ones: what must happen to each of them."""
