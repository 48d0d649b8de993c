"""Side by side measurements of Pilotlight and others, one section a file. Run through scripts/bench.sh."""
