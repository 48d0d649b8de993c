"""The demo models of Pilotlight: small, real, and the same on every machine. One file, one family."""
