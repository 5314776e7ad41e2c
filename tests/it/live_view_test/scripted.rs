//! A server that does what the wire allows, by script.
