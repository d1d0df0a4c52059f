"""What was promised to the customer and asked of other departments."""
