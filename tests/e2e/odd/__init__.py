"""Odd files made from a seed, each with what an independent reader finds in it."""
