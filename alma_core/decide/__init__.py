"""Ledgers and prices -> the answer: pure functions, no torch, no Streamlit."""
