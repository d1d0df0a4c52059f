"""Every touch with a customer, in and out."""
