"""The interfaces of the WIT, a module for each: `define` adds it to a linker."""
