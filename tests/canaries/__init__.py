"""Invented people, planted everywhere that data enters, and a search of everything that was written."""
