"""Takes into tracks, tracks into the files handed over."""
