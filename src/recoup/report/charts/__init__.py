"""Charts of the day's page: data frames in, SVG text out, drawn offline. `look` is what they share."""
