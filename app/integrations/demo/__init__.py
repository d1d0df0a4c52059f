"""The demo world: customers and colleagues of six cases, and a player that works the cases through the door."""
