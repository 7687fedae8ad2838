//! Caching for web handlers and functions.
