"""What goes in and out over HTTP, by subject; the OpenAPI document is made from these."""
