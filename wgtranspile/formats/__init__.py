"""The languages of other programs: what is in the model, written as they read it."""
