"""Invented places for trying things out: nothing here was measured anywhere, and everything says that it is synthetic.

The sample city is the small town that a fresh installation serves until a real one is imported. Synthetic readings are a storm's
smart meters, with every fault of real ones and the truth beside them.
"""
